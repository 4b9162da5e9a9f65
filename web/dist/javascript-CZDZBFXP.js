import{e as p}from"./chunk-T4DORBLO.js";import"./chunk-LIX5RRZQ.js";import"./chunk-INRRNCPY.js";import"./chunk-X7MLH3RP.js";import"./chunk-L2V5WBIY.js";export{p as support};
