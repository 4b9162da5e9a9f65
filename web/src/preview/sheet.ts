// How a preview looks, in the colours of style.css. It must never name a colour itself.

export const SHEET = `
:host { display: block; font: 1rem/1.6 var(--sans); color: var(--text); }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.said { margin: 0; padding: 0.6rem 1rem; color: var(--muted); font-size: 0.9375rem; }
.button { margin: 0.5rem 1rem; min-height: 2.5rem; padding: 0.4rem 1rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--surface); color: var(--text); font: 550 0.9375rem/1.3 var(--sans); cursor: pointer; }
.button:hover { background: var(--line); border-color: var(--faint); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.article { max-width: 48rem; margin: 0 auto; padding: 1rem 1.25rem 40vh; overflow-wrap: break-word; }
.block > :first-child { margin-top: 0; } .block > :last-child { margin-bottom: 0; }
.block + .block { margin-top: 1rem; }
h1, h2, h3, h4, h5, h6 { margin: 1.5rem 0 0.5rem; line-height: 1.3; text-wrap: balance; }
h1 { font-size: 1.75rem; } h2 { font-size: 1.375rem; } h3 { font-size: 1.125rem; } h4, h5, h6 { font-size: 1rem; }
h1, h2 { padding-bottom: 0.25rem; border-bottom: 1px solid var(--edge); }
p, ul, ol, pre, table, blockquote { margin: 1rem 0; }
ul, ol { padding-inline-start: 1.75rem; }
li > p { margin: 0.5rem 0; }
a { color: var(--accent); cursor: pointer; text-decoration: underline; text-underline-offset: 0.15em; }
a[data-nowhere] { text-decoration-style: dotted; }
code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--line); font: 0.9em var(--mono); }
pre { padding: 0.75rem 1rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--line); overflow: auto; line-height: 1.5; }
pre code { padding: 0; background: none; }
blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 4px solid var(--edge); color: var(--muted); }
hr { margin: 1.5rem 0; border: none; border-top: 1px solid var(--edge); }
img { max-width: 100%; height: auto; vertical-align: middle; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse; font-size: 0.9375rem; }
th, td { padding: 0.35rem 0.75rem; border: 1px solid var(--edge); text-align: start; vertical-align: top; }
th { background: var(--line); }
.left { text-align: left; } .center { text-align: center; } .right { text-align: right; }
.task-list-item { list-style: none; } .task-list-item input { margin: 0 0.5rem 0 -1.4rem; }
.footnotes { font-size: 0.9rem; color: var(--muted); } .footnotes-sep { display: none; }
.left-out { padding: 0.1rem 0.5rem; border: 1px dashed var(--faint); border-radius: 6px; color: var(--muted); font-size: 0.875rem; }
div > table { margin: 0; padding: 1rem; max-width: none; overflow: visible; } .block > table { padding: 0; max-width: 100%; overflow: auto; }
div > table th { position: sticky; top: 0; }
iframe { display: block; position: absolute; inset: 0; width: 100%; height: 100%; border: none; background: white; color-scheme: light; }
.picture { margin: 0; padding: 1rem; display: grid; gap: 0.75rem; justify-items: center; min-height: 100%; align-content: start; }
.picture img { max-height: calc(100dvh - 18rem); background: repeating-conic-gradient(var(--line) 0 25%, var(--surface) 0 50%) 0 0 / 1.25rem 1.25rem; border: 1px solid var(--edge); }
.picture.actual { justify-items: start; } .picture.actual img { max-width: none; max-height: none; }
.picture .button { margin: 0; } .actions { margin: 0; display: flex; flex-wrap: wrap; gap: 0.5rem; justify-content: center; } figcaption { color: var(--muted); font-size: 0.875rem; }
@media print { .article { padding: 0; } }
`;
