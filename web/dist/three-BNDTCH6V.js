import{a,b,c}from"./chunk-XIA5KUSN.js";import"./chunk-BECSZP6S.js";import"./chunk-B7QEZDNK.js";export{c as apply,b as decided,a as mergeTexts};
