import{b as o}from"./chunk-246ZK4TU.js";import"./chunk-WSB7RRL7.js";import"./chunk-U2RWFK2M.js";import"./chunk-SQE76S5B.js";export{o as support};
