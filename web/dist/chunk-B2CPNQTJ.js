import{c as r}from"./chunk-B7QEZDNK.js";r();var e=new URLSearchParams(location.search).get("accesskey")??"";function a(){return e===""?{}:{Authorization:`Bearer ${e}`}}export{a};
