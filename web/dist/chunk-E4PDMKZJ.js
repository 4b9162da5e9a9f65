var r=class{#o=[];on(o){this.#o.push(o)}tell(o){for(let e of this.#o)try{e(o)}catch(t){reportError(t)}}};export{r as a};
