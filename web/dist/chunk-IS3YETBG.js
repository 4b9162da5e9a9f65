var n="en";function r(t){n=t}function e(t){return new Intl.NumberFormat(n).format(t)}function o(t){return`⁨${t}⁩`}export{r as a,e as b,o as c};
