import{e as p}from"./chunk-VOFB4RPD.js";import"./chunk-JFKQZCGU.js";import"./chunk-HPKWQSEM.js";import"./chunk-V3JYMF2E.js";import"./chunk-7JA47K2S.js";export{p as support};
