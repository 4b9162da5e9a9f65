import{a,b,c}from"./chunk-JETQMHBT.js";import"./chunk-U5FOJFVA.js";import"./chunk-CK7UWVM5.js";export{c as apply,b as decided,a as mergeTexts};
