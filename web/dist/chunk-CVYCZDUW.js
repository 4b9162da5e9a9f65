import{c as r}from"./chunk-VLDQSPAK.js";r();var e=new URLSearchParams(location.search).get("accesskey")??"";function a(){return e===""?{}:{Authorization:`Bearer ${e}`}}export{a};
