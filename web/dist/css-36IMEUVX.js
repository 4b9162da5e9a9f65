import{b as p}from"./chunk-BC5NG7AQ.js";import"./chunk-3LG2GMLX.js";import"./chunk-BZO5J5UC.js";import"./chunk-QNBBPJL5.js";import{c as o}from"./chunk-B7QEZDNK.js";o();export{p as support};
