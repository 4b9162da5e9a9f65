import{a,b,c}from"./chunk-7YIY4FZE.js";import"./chunk-XJR75XG7.js";import"./chunk-SQE76S5B.js";export{c as apply,b as decided,a as mergeTexts};
