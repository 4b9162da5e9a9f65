import{b as p}from"./chunk-H53QXELY.js";import"./chunk-JSYOKPYS.js";import"./chunk-NGTVTLJ2.js";import"./chunk-DMQQ7VQV.js";import{c as o}from"./chunk-3MYV4LK5.js";o();export{p as support};
