import{a,b,c}from"./chunk-CDNWXW4P.js";import"./chunk-7CWHRA4G.js";import"./chunk-3MYV4LK5.js";export{c as apply,b as decided,a as mergeTexts};
