import{b as o}from"./chunk-HMLY6MYA.js";import"./chunk-RJT7JRRX.js";import"./chunk-PEFHM2PE.js";export{o as support};
