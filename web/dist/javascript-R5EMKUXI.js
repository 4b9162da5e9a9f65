import{e as p}from"./chunk-LJTMPJIS.js";import"./chunk-MAGPATKH.js";import"./chunk-MWOYSAXK.js";import"./chunk-HQVBUKRV.js";export{p as support};
