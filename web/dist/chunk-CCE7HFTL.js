var y={encoding:"utf-8",bom:!1,lineSeparator:`
`};function b(e){let n=f(e),r=u(n.encoding,e.subarray(n.lengthBytes));if(r===void 0)return{text:l(e),encoding:"binary",bom:!1,lineSeparator:"mixed",editable:!1};let t=s(r);return{text:r,encoding:n.encoding,bom:n.lengthBytes>0,lineSeparator:t,editable:!0}}function x(e,n){let r=g(e,n.lineSeparator);switch(n.encoding){case"utf-8":return new TextEncoder().encode(n.bom?`\uFEFF${r}`:r);case"utf-16le":return d(r,n.bom,!0);case"utf-16be":return d(r,n.bom,!1);case"binary":throw new Error("bytes that are no text are never written back")}}function f(e){return e[0]===239&&e[1]===187&&e[2]===191?{encoding:"utf-8",lengthBytes:3}:e[0]===255&&e[1]===254?{encoding:"utf-16le",lengthBytes:2}:e[0]===254&&e[1]===255?{encoding:"utf-16be",lengthBytes:2}:{encoding:"utf-8",lengthBytes:0}}function u(e,n){try{let r=new TextDecoder(e,{fatal:!0,ignoreBOM:!0}).decode(n);return r.includes("\0")?void 0:r}catch{return}}function l(e){return new TextDecoder("latin1").decode(e)}function s(e){let n=i(e,`\r
`),r=i(e,"\r")-n,t=i(e,`
`)-n;return n+r===0?`
`:r+t===0?`\r
`:n+t===0?"\r":"mixed"}function i(e,n){let r=0;for(let t=e.indexOf(n);t!==-1;t=e.indexOf(n,t+n.length))r+=1;return r}function g(e,n){if(n==="mixed")return e;let r=e.includes("\r")?e.replace(/\r\n?/g,`
`):e;return n===`
`?r:r.replaceAll(`
`,n)}function d(e,n,r){let t=n?2:0,a=new Uint8Array(t+e.length*2),c=new DataView(a.buffer);n&&c.setUint16(0,65279,r);for(let o=0;o<e.length;o+=1)c.setUint16(t+o*2,e.charCodeAt(o),r);return a}export{y as a,b,x as c};
