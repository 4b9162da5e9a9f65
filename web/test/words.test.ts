// Every language has every text, says other words than English, and leaves no place of a text empty.
// It must never need a browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { choose, LANGUAGES } from "../src/words/languages.ts";
import { sayAll, sayIn, sayLength, sayMoment, sayNumber, sayPlural } from "../src/words/say.ts";
import { wordAt } from "../src/words/template.ts";
import { en } from "../src/words/en.ts";

type Tree = { readonly [name: string]: unknown };

/** Texts that are the same word in another language: "language: section.name". */
const ALIKE = new Set([
  "de: share.passphrase",
  "de: tools.textKeys.0.keys.0",
  "de: tools.textKeys.3.keys.0",
  "de: encoding.ends.\n.long",
  "de: encoding.ends.\r\n.short",
  "de: encoding.ends.\r\n.long",
]);

function leaves(tree: Tree, path = ""): [string, unknown][] {
  return Object.entries(tree).flatMap(([name, value]): [string, unknown][] => {
    const at = path === "" ? name : `${path}.${name}`;
    return typeof value === "object" && value !== null ? leaves(value as Tree, at) : [[at, value]];
  });
}

test("every language has the texts that English has, and no more", async () => {
  const english = new Map(leaves(en));
  for (const [name, load] of Object.entries(LANGUAGES)) {
    const other = new Map(leaves((await load()) as Tree));
    assert.deepEqual([...other.keys()].sort(), [...english.keys()].sort(), name);
    for (const [path, text] of english) {
      const said = other.get(path);
      assert.equal(typeof said, typeof text, `${name}: ${path}`);
      if (typeof said === "function" && typeof text === "function") assert.equal(said.length <= text.length, true, `${name}: ${path}`);
      if (typeof said !== "string" || path === "language.direction") continue;
      assert.notEqual(said.trim(), "", `${name}: ${path}`);
      if (/\p{Letter}{3}/u.test(said) && !ALIKE.has(`${name}: ${path}`)) assert.notEqual(said, text, `${name}: ${path} is not translated`);
    }
  }
});

test("every text of the template has a word, and says it in English", () => {
  const template = readFileSync("templates/editor.html", "utf8");
  const named = [...template.matchAll(/data-word(?:-title|-label)?="([^"]*)"/g)].map((found) => found[1] ?? "");
  assert.ok(named.length > 10);
  for (const path of named) assert.notEqual(wordAt(en, path), "", path);
  assert.throws(() => wordAt(en, "tools.nothing"), /tools\.nothing/);
  assert.throws(() => wordAt(en, "why.notSaved"), /why\.notSaved/);
});

test("a reader gets the first language that there is", () => {
  const there = ["de", "zh-TW", "pt"];
  const chosen = (...wanted: string[]): string => choose(wanted, there).name;
  assert.equal(chosen("de"), "de");
  assert.equal(chosen("de-AT", "en"), "de");
  assert.equal(chosen("fr", "pt-BR", "de"), "pt");
  assert.equal(chosen("zh-tw"), "zh-TW");
  assert.equal(chosen("zh-CN"), "en");
  assert.equal(chosen("en-GB", "de"), "en");
  assert.equal(chosen(), "en");
  assert.deepEqual(choose(["de-AT"], there), { tag: "de-AT", name: "de" });
  assert.deepEqual(choose(["en-GB"], there), { tag: "en-GB", name: "en" });
});

test("numbers, times and plurals follow the language", () => {
  const forms = { one: "# Datei", other: "# Dateien" };
  sayIn("de");
  assert.equal(sayNumber(1_234_567), "1.234.567");
  assert.equal(sayPlural(1, forms), "1 Datei");
  assert.equal(sayPlural(1_000, forms), "1.000 Dateien");
  assert.equal(sayLength(7, "day"), "7 Tage");
  assert.equal(sayAll(["a", "b", "c"]), "a, b und c");
  assert.match(sayMoment(Date.UTC(2026, 10, 22, 12)), /22\. November 2026/);
  sayIn("ru");
  const russian = { one: "# файл", few: "# файла", many: "# файлов", other: "# файла" };
  assert.deepEqual([1, 3, 5, 21].map((count) => sayPlural(count, russian)), ["1 файл", "3 файла", "5 файлов", "21 файл"]);
  sayIn("en");
  assert.match(sayMoment(Date.UTC(2026, 10, 22, 12)), /November 22, 2026/);
});
