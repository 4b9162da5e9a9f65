import{b as p}from"./chunk-APBBAJOW.js";import"./chunk-OAOIV24G.js";import"./chunk-TW2EGFUU.js";import"./chunk-DNJJ2HNO.js";import{c as o}from"./chunk-CK7UWVM5.js";o();export{p as support};
