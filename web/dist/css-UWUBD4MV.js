import{b as o}from"./chunk-2SUN42RZ.js";import"./chunk-HPKWQSEM.js";import"./chunk-V3JYMF2E.js";import"./chunk-7JA47K2S.js";export{o as support};
