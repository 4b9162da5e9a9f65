// The small pure parts: indentation, languages by name, the sentences, and the lock file's silence about hosts.
// It must never need a browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { indentUnitOf } from "../src/text/indent.ts";
import { languageOf } from "../src/text/languages.ts";
import { words } from "../src/words/words.ts";

test("indentation goes on as it is", () => {
  assert.equal(indentUnitOf(""), "  ");
  assert.equal(indentUnitOf("all:\n\tmake\n\tmake\n"), "\t");
  assert.equal(indentUnitOf("a:\n    b\n    c\nd:\n    e\n"), "    ");
  assert.equal(indentUnitOf("a:\r\n  b:\r\n    c\r\n"), "  ");
});

test("languages by file name", () => {
  const named: Record<string, string> = {
    "README.md": "Markdown", "README.MD": "Markdown", "a.html": "HTML", "a.css": "CSS", "a.js": "JavaScript", "a.mjs": "JavaScript",
    "a.jsx": "JSX", "a.ts": "TypeScript", "a.tsx": "TSX", "a.json": "JSON", "a.yml": "YAML", "a.yaml": "YAML", "a.svg": "XML",
    "a.tex": "LaTeX", "a.py": "Python", "a.php": "PHP", "a.rs": "Rust", "Cargo.toml": "TOML", "Cargo.lock": "TOML", "a.sh": "Shell",
    ".bashrc": "Shell",
  };
  for (const [name, language] of Object.entries(named)) assert.equal(languageOf(name)?.name, language, name);
  for (const name of ["notes", "a.txt", "md", ".md.bak"]) assert.equal(languageOf(name), undefined, name);
});

test("every refusal says something, and no lost save forgets to say that the text is still here", () => {
  for (const status of [0, 400, 401, 403, 404, 413, 428, 429, 500, 502, 503, 507]) {
    assert.match(words.why.notSaved(status).text, /Your text is still here\./, String(status));
    assert.ok(words.why.notOpened(status).text.length > 20);
  }
  assert.match(words.why.tooLarge(17_825_792, 16_777_216).text, /17,825,792 bytes.*16,777,216/);
});

test("the lock file names no registry", () => {
  const lock = readFileSync("package-lock.json", "utf8");
  assert.doesNotMatch(lock, /"resolved"|https?:\/\/[^"]*registry/);
});
