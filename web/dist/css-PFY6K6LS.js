import{b as o}from"./chunk-KJ73NNR7.js";import"./chunk-KVKNRFFD.js";import"./chunk-D53HAT3D.js";export{o as support};
