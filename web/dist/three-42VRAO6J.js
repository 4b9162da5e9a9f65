import{a,b,c}from"./chunk-DU3QFM6L.js";import"./chunk-PYRYCQJ5.js";import"./chunk-VLDQSPAK.js";export{c as apply,b as decided,a as mergeTexts};
