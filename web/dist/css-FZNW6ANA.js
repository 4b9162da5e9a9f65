import{b as o}from"./chunk-RRRII6SQ.js";import"./chunk-3LMKYJ3Y.js";import"./chunk-ZUVCF4SG.js";import"./chunk-JUP656I3.js";import"./chunk-SQE76S5B.js";export{o as support};
