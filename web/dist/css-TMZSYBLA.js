import{b as p}from"./chunk-GIRBFZD6.js";import"./chunk-WDKLQLW2.js";import"./chunk-JUOSCHTT.js";import"./chunk-QNBBPJL5.js";import{c as o}from"./chunk-B7QEZDNK.js";o();export{p as support};
