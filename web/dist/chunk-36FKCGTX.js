var r=new URLSearchParams(location.search).get("accesskey")??"";function e(){return r===""?{}:{Authorization:`Bearer ${r}`}}export{e as a};
