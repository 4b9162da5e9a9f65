import{b as p}from"./chunk-XXTEY4ER.js";import"./chunk-VHMHC4YS.js";import"./chunk-ZLZEQJDA.js";import"./chunk-EPTHDOUO.js";import{c as o}from"./chunk-VLDQSPAK.js";o();export{p as support};
