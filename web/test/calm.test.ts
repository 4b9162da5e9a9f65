// What is nested without end costs a language little, and never fails: it is a text without colours from then on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { json } from "@codemirror/lang-json";
import { xml } from "@codemirror/lang-xml";
import { yaml } from "@codemirror/lang-yaml";
import type { LanguageSupport } from "@codemirror/language";
import { type Tree } from "@lezer/common";
import { classHighlighter, highlightTree } from "@lezer/highlight";

import { calm, DEPTH_MOST, depthOf } from "../src/text/calm.ts";
import { support as javascript } from "../src/text/languages/javascript.ts";
import { support as markdown } from "../src/text/languages/markdown.ts";

/** The tree, how often the language gave up, and the longest time that nothing could interrupt. */
async function read(support: LanguageSupport, text: string): Promise<{ tree: Tree; gaveUp: number; worstMs: number }> {
  let gaveUp = 0;
  let worstMs = 0;
  const { parser } = calm(support, () => (gaveUp += 1)).language;
  let tree: Tree | null = null;
  for (let again = 0; again < 2; again += 1) {
    const parse = parser.startParse(text);
    for (tree = null; tree === null; ) {
      const since = performance.now();
      tree = parse.advance();
      worstMs = Math.max(worstMs, performance.now() - since);
    }
  }
  await Promise.resolve();
  return { tree: tree as Tree, gaveUp, worstMs };
}

function coloured(tree: Tree): number {
  let pieces = 0;
  highlightTree(tree, classHighlighter, () => (pieces += 1));
  return pieces;
}

test("a language gives up on what is nested without end, once, and fails at nothing", async () => {
  for (const [name, support, text] of [
    ["JSON", json(), "[".repeat(100_000)],
    ["XML", xml(), "<a>".repeat(50_000)],
    ["YAML", yaml(), "[".repeat(50_000)],
    ["JavaScript", javascript({}), "(".repeat(100_000)],
  ] as const) {
    const { tree, gaveUp } = await read(support, text);
    assert.equal(gaveUp, 1, name);
    assert.equal(coloured(tree), 0, name);
    assert.equal(tree.length, text.length, name);
  }
});

test("a language gives up on a short beginning that is nested too deeply, too", async () => {
  for (const [name, support, letter] of [
    ["YAML", yaml(), "["],
    ["JSON", json(), "["],
    ["JavaScript", javascript({}), "("],
  ] as const) {
    let gaveUp = 0;
    const parse = calm(support, () => (gaveUp += 1)).language.parser.startParse(letter.repeat(50_000));
    // As much as there was time for.
    parse.stopAt(1_020);
    let tree: Tree | null = null;
    while (tree === null) tree = parse.advance();
    await Promise.resolve();
    assert.equal(gaveUp, 1, name);
    assert.equal(coloured(tree), 0, name);
  }
});

test("Markdown that is nested without end keeps its language, and no paragraph of it holds the page up", async () => {
  const words = "\n\n# A heading\n\nand *words*\n";
  for (const trap of [">".repeat(20_000), "- ".repeat(5_000), `${"*".repeat(50_000)}x${"*".repeat(50_000)}`, "*a_".repeat(20_000), "[".repeat(50_000), `${"![".repeat(5_000)}x${"](x)".repeat(5_000)}`]) {
    const { tree, gaveUp, worstMs } = await read(markdown([]), `${trap}${words}`);
    assert.equal(gaveUp, 0, trap.slice(0, 9));
    assert.ok(depthOf(tree, new WeakMap()) < DEPTH_MOST, trap.slice(0, 9));
    assert.ok(worstMs < 2_000, `${trap.slice(0, 9)}: ${worstMs} ms`);
    assert.match(String(tree.resolve(trap.length + 6)), /Heading/, trap.slice(0, 9));
  }
});

test("what people write keeps its colours", async () => {
  const item = (at: number): string => `${"  ".repeat(at)}- *a* **b** \`c\` [d](https://example.com)\n`;
  for (const [support, text] of [
    [markdown([]), `${Array.from({ length: 40 }, (_, at) => item(at)).join("")}\n${"> ".repeat(90)}x\n\n${"words *and* ~~more~~ ".repeat(300)}\n`],
    [json(), `${"[".repeat(300)}1${"]".repeat(300)}`],
    [javascript({}), `x = ${"a + ".repeat(50_000)}a;`],
  ] as const) {
    const { tree, gaveUp } = await read(support, text);
    assert.equal(gaveUp, 0, text.slice(0, 20));
    assert.ok(coloured(tree) > 300, text.slice(0, 20));
  }
});
