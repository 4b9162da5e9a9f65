import{b as o}from"./chunk-QHHRWW2E.js";import"./chunk-MWOYSAXK.js";import"./chunk-HQVBUKRV.js";export{o as support};
