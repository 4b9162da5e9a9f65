import{e as p}from"./chunk-BKGPEEAE.js";import"./chunk-HNC3AEDD.js";import"./chunk-WSB7RRL7.js";import"./chunk-U2RWFK2M.js";import"./chunk-SQE76S5B.js";export{p as support};
