// What of a preview needs no browser: what a link leads to, what Markdown, HTML and tables become, and that no text takes for ever.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TooDeep } from "../src/preview/bounds.ts";
import { kindOf, pictureType } from "../src/preview/kind.ts";
import { linkTarget, pictureTarget } from "../src/preview/links.ts";
import { blocksOf } from "../src/preview/markdown.ts";
import { quiet } from "../src/preview/quiet.ts";
import { tableOf } from "../src/preview/table.ts";

/** Far more than any of these takes, and less than the thread is given. */
const PATIENCE_MS = 20_000;

function html(text: string): string {
  return blocksOf(text).map((block) => block.html).join("");
}

test("a file is shown as what its name says", () => {
  for (const [name, kind] of [["a.md", "markdown"], ["README.MD", "markdown"], ["a.b.HTM", "html"], ["a.tsv", "table"], ["a.svg", "drawing"], ["a.JPeG", "picture"]] as const) assert.equal(kindOf(name), kind, name);
  for (const name of ["md", "a.rs", "a.md.txt", "a.", "a.constructor", "a.__proto__", ""]) assert.equal(kindOf(name), undefined, name);
});

test("a picture is one by its first bytes", () => {
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  assert.equal(pictureType(bytes("\x89PNG\r\n\x1a\nmore")), "image/png");
  assert.equal(pictureType(bytes("RIFF....WEBPVP8 ")), "image/webp");
  for (const text of ["", "\x89PN", "<svg/>", "<html>", "GIF88a", "RIFF....WAVE"]) assert.equal(pictureType(bytes(text)), undefined, text);
});

test("a link leads elsewhere by a whole address of the web or by mail, and nowhere else", () => {
  for (const href of ["https://example.com/", "HTTP://example.com", "mailto:a@example.com"]) assert.equal(linkTarget(href).kind, "elsewhere", href);
  for (const href of ["javascript:1", "JaVaScRiPt:1", " javascript:1", "java\nscript:1", "\u0001javascript:1", "java\tscript:1", "data:text/html,x", "vbscript:x", "blob:https://x/1", "file:///x", "about:srcdoc", "//evil.example", "\\\\evil.example", "/\\evil.example", "x-y:1", "#", ""]) {
    assert.equal(linkTarget(href).kind, "nothing", JSON.stringify(href));
  }
  assert.deepEqual(linkTarget("#a%20b"), { kind: "within", id: "a b" });
  assert.deepEqual(linkTarget("#%ff"), { kind: "within", id: "%ff" });
  for (const href of ["other.md", "../x", "/x", "?x", "a/b.md#c"]) assert.equal(linkTarget(href).kind, "near", href);
});

test("a picture is near by a relative path, or stands in the text", () => {
  assert.deepEqual(pictureTarget("./img/a%20b.png?x#y"), { kind: "near", path: "img/a b.png" });
  assert.deepEqual(pictureTarget("../ü.svg"), { kind: "near", path: "../ü.svg" });
  assert.equal(pictureTarget("data:image/png;base64,AAAA").kind, "inline");
  assert.equal(pictureTarget("https://example.com/a.png").kind, "elsewhere");
  for (const src of ["data:image/svg+xml,<svg/>", "data:text/html,x", "/a.png", "//x/a.png", "a.txt", "a.png/", "%ff.png", "javascript:a.png", "", "?a.png", "data:image/png;base64,AA\"onerror=1"]) {
    assert.equal(pictureTarget(src).kind, "nothing", src);
  }
});

test("Markdown has tables, notes, tasks and names of headings, each block with its line", () => {
  const blocks = blocksOf("# A *b*\n\ntext[^1]\n\n| a | b |\n|--:|:-:|\n| 1 | 2 |\n\n- [x] done\n\n# A *b*\n\n[^1]: note\n");
  assert.deepEqual(blocks.map(({ line }) => line).slice(0, 5), [0, 2, 4, 8, 10]);
  const all = blocks.map((block) => block.html).join("");
  for (const part of ['<h1 id="a-b">', '<h1 id="a-b-1">', '<th class="right">', '<td class="center">', 'type="checkbox"', 'class="footnotes"']) assert.ok(all.includes(part), part);
  assert.ok(!all.includes("style="));
});

test("no HTML of an author comes through Markdown", () => {
  for (const text of ["<script>1</script>", "a <img src=x onerror=1>", "<!-- x --><p>", "- [ ] <input onfocus=1>", "x[^1]\n\n[^1]: <b>"]) {
    assert.ok(!/<(script|img|b|p onerror|input onfocus)/.test(html(text)), text);
  }
});

test("what a browser would refuse is gone from HTML, and its styles are told apart", () => {
  const { html, styles } = quiet('<style>p{}</style><p style="a:b" onclick=1 data-near=x>x</p><script>1</script><svg onload=1></svg><iframe srcdoc=x></iframe><!-- c -->');
  assert.equal(html, '<html><head></head><body><p data-style="a:b">x</p></body></html>');
  assert.deepEqual(styles, ["p{}"]);
});

test("a table has as many rows and columns as a person looks at", () => {
  const table = tableOf(`a;b\n${"1;2\n".repeat(2_000)}`, false);
  assert.deepEqual([table.rows.length, table.rows[1], table.more], [1_000, ["1", "2"], { rows: true, columns: false }]);
  assert.deepEqual(tableOf('a\t"b\nc"\n', true).rows, [["a", "b\nc"]]);
  assert.equal(tableOf(`${"a,".repeat(500)}\n`, false).rows[0]?.length, 100);
});

test("no text takes for ever, nor becomes more than a page can hold", () => {
  const times = (count: number, text: string) => text.repeat(count);
  const traps = [
    times(20_000, ">") + "x", times(5_000, "- ") + "x", times(50_000, "["), times(20_000, "[") + times(20_000, "]") + "(x)", 
    times(20_000, "*a_"), times(5_000, "![") + "x" + times(5_000, "](x)"), times(50_000, "<"), times(30_000, "~~a"), times(3_000, "`a ``b ```c "),
    `${times(20_000, "[a] ")}\n\n[a]: https://example.com/${times(4_000, "&amp;")}`, `${times(2_000, "x[^1] ")}\n\n[^1]: ${times(500, "[^1]")}`,
  ];
  for (const trap of traps) {
    const since = Date.now();
    const { length } = html(trap);
    assert.ok(Date.now() - since < PATIENCE_MS, `${trap.slice(0, 20)}: ${Date.now() - since} ms`);
    assert.ok(length < 16_777_216, `${trap.slice(0, 20)}: ${length} characters`);
  }
});

test("what is nested without end is refused at once, and says that it is that", () => {
  for (const trap of ["<div>".repeat(100_000), "<b><i>".repeat(20_000), "<table><tr><td>".repeat(5_000)]) {
    const since = Date.now();
    assert.throws(() => quiet(trap), TooDeep, trap.slice(0, 20));
    assert.ok(Date.now() - since < 2_000, `${trap.slice(0, 20)}: ${Date.now() - since} ms`);
  }
  assert.throws(() => blocksOf(`${"*".repeat(50_000)}x${"*".repeat(50_000)}`), TooDeep);
  assert.ok(quiet("<div>".repeat(1_000)).html.length > 10_000);
  assert.ok(html(`${"*".repeat(1_000)}x${"*".repeat(1_000)}`).length > 8_000);
});
