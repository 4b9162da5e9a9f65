import{c as r}from"./chunk-CK7UWVM5.js";r();var e=new URLSearchParams(location.search).get("accesskey")??"";function a(){return e===""?{}:{Authorization:`Bearer ${e}`}}export{a};
