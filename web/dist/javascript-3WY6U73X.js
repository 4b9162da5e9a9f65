import{e as p}from"./chunk-VRUDOEAB.js";import"./chunk-BSUHIZ7K.js";import"./chunk-RJT7JRRX.js";import"./chunk-PEFHM2PE.js";export{p as support};
