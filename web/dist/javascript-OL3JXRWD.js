import{e as p}from"./chunk-SLPPLJNK.js";import"./chunk-LZKGO2EE.js";import"./chunk-KVKNRFFD.js";import"./chunk-D53HAT3D.js";export{p as support};
