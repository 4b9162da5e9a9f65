import{b as o}from"./chunk-XUKXHKDL.js";import"./chunk-INRRNCPY.js";import"./chunk-X7MLH3RP.js";import"./chunk-L2V5WBIY.js";export{o as support};
