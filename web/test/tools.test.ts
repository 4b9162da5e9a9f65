// The tools without a page: encodings of before Unicode, counts, places in an address, tidying, keys as people read them.
// It must never take a table's word for what comes back: each byte goes there and back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ChangeSet, EditorState, Text } from "@codemirror/state";

import { isSingleByte, SEVERAL_BYTES, SINGLE_BYTE, unmapped, writtenAs } from "../src/text/charsets.ts";
import { countAfter, countBetween, countIn, countSlowly, type Counts } from "../src/text/counts.ts";
import { decode, decodeAs, encode, newFormat, readAs, unencodable } from "../src/text/encoding.ts";
import { seemsText } from "../src/tools/binary.ts";
import { keyLabel } from "../src/tools/key-label.ts";
import { hashOf, linesOf } from "../src/tools/place.ts";
import { untidy } from "../src/tools/tidy.ts";
import { words } from "../src/words/words.ts";

/** The same numbers in each run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("any bytes of a single-byte encoding come back, whatever their order", () => {
  const next = random(7);
  let edited = 0;
  for (const charset of SINGLE_BYTE) {
    for (let round = 0; round < 40; round += 1) {
      const bytes = Uint8Array.from({ length: next(300) }, () => 1 + next(255));
      const file = decodeAs(charset, bytes);
      // Node reads some bytes otherwise than browsers do; what does not come back is not editable in either.
      if (file === undefined || !file.editable) continue;
      edited += 1;
      // As CodeMirror gives it back: \n between the lines, or as it stands where the ends are mixed.
      const lines = file.lineSeparator === "mixed" ? file.text : file.text.replace(/\r\n?/g, "\n");
      assert.deepEqual(encode(lines, file), bytes, charset);
    }
  }
  assert.ok(edited > 200, String(edited));
});

test("what an encoding has no byte for is told, and is never written as something else", () => {
  assert.deepEqual(unmapped("price: 3 € → 4", "iso-8859-15"), { character: "→", at: 11 });
  assert.deepEqual(unmapped("ab😀", "koi8-r"), { character: "😀", at: 2 });
  assert.equal(unmapped("Привет", "koi8-r"), undefined);
  assert.deepEqual(unencodable("日本", "shift_jis")?.at, 0);
  assert.equal(unencodable("日本", "utf-16le"), undefined);
  assert.throws(() => writtenAs("→", "windows-1252"));
  assert.throws(() => writtenAs("a", "shift_jis"));
});

test("encodings with several bytes a character are read and never written", () => {
  const files: Record<(typeof SEVERAL_BYTES)[number], [bytes: number[], text: string]> = {
    shift_jis: [[0x93, 0xfa, 0x96, 0x7b], "日本"],
    "euc-jp": [[0xc6, 0xfc, 0xcb, 0xdc], "日本"],
    "iso-2022-jp": [[0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42], "日本"],
    gb18030: [[0xd6, 0xd0, 0xce, 0xc4], "中文"],
    gbk: [[0xd6, 0xd0, 0xce, 0xc4], "中文"],
    big5: [[0xa4, 0xa4, 0xa4, 0xe5], "中文"],
    "euc-kr": [[0xc7, 0xd1, 0xb1, 0xdb], "한글"],
  };
  for (const charset of SEVERAL_BYTES) {
    const [bytes, text] = files[charset];
    const file = decodeAs(charset, Uint8Array.from(bytes));
    assert.equal(file?.text, text, charset);
    assert.equal(file?.editable, false, charset);
    assert.ok(!isSingleByte(charset));
  }
  assert.equal(decodeAs("shift_jis", Uint8Array.of(0x93)), undefined);
});

test("nothing is guessed: an encoding is taken from whoever says it, and only where the bytes are of it", () => {
  const latin = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
  const utf8 = new TextEncoder().encode("café");
  const ascii = new TextEncoder().encode("cafe");
  try {
    assert.equal(decode(latin).encoding, "binary");
    readAs({ last: "windows-1252", ascii: "windows-1252" });
    assert.deepEqual([decode(latin).text, decode(latin).encoding], ["café", "windows-1252"]);
    assert.equal(decode(utf8).encoding, "utf-8");
    assert.equal(decode(ascii).encoding, "windows-1252");
    assert.equal(decode(Uint8Array.of(0x61, 0, 0x62)).encoding, "binary");
    readAs({ first: "koi8-r" });
    assert.deepEqual([decode(latin).text, decode(utf8).encoding], ["cafИ", "koi8-r"]);
  } finally {
    readAs({});
  }
  assert.equal(decode(latin).encoding, "binary");
});

test("every encoding has a name", () => {
  for (const encoding of ["utf-8", "utf-16le", "utf-16be", "binary", ...SINGLE_BYTE, ...SEVERAL_BYTES] as const) {
    assert.ok(words.encoding.short(encoding, false).length > 2);
    assert.ok(words.encoding.long(encoding).length > 4);
  }
});

test("a new file is written as .editorconfig says", () => {
  assert.deepEqual(newFormat({}), { encoding: "utf-8", bom: false, lineSeparator: "\n" });
  assert.deepEqual(newFormat({ endOfLine: "crlf", charset: "utf-8-bom" }), { encoding: "utf-8", bom: true, lineSeparator: "\r\n" });
  assert.deepEqual(newFormat({ endOfLine: "cr", charset: "utf-16be" }), { encoding: "utf-16be", bom: true, lineSeparator: "\r" });
  assert.deepEqual(newFormat({ charset: "latin1" }), { encoding: "windows-1252", bom: false, lineSeparator: "\n" });
});

test("words and characters as people count them", () => {
  const counted: [text: string, words: number, characters: number][] = [
    ["", 0, 0],
    ["   \t ", 0, 5],
    ["one", 1, 3],
    ["one two  three", 3, 14],
    ["don’t well-known 3.14 a,b", 4, 25],
    ["end. Begin -- and – so", 4, 22],
    ["'quoted' (in) [brackets]", 3, 24],
    ["Größe naïve e\u0301te", 3, 16],
    ["日本語です", 5, 5],
    ["😀 smile 😀", 3, 9],
    ["снег и лёд", 3, 10],
    ["שלום עולם", 2, 9],
    ["snake_case x1", 2, 13],
    ["- item", 1, 6],
  ];
  for (const [text, words, characters] of counted) assert.deepEqual(countIn(text), { words, characters }, text);
});

test("counting after a change gives what counting anew gives", () => {
  const next = random(11);
  const pieces = ["a", "b c", " ", "\n", "don’t", "日本", "😀", "x-y", "\n\n", ". ", "3.14"];
  const piece = (): string => pieces[next(pieces.length)] ?? "";
  for (let round = 0; round < 400; round += 1) {
    const before = Text.of(Array.from({ length: 30 }, piece).join("").split("\n"));
    const changes: { from: number; to: number; insert: string }[] = [];
    for (let at = next(10); at < before.length; at += 1 + next(20)) {
      const to = Math.min(before.length, at + next(8));
      changes.push({ from: at, to, insert: Array.from({ length: next(4) }, piece).join("") });
      at = to;
    }
    const set = ChangeSet.of(changes, before.length, "\n");
    const after = set.apply(before);
    const counts = countBetween(before, 0, before.length);
    assert.deepEqual(countAfter(counts, before, after, set, 1e6), countBetween(after, 0, after.length), JSON.stringify([before.toString(), changes]));
  }
});

test("a long text is counted a piece at a time, to the same sum, and stops when told", () => {
  const text = EditorState.create({ doc: "some words, a few more\n".repeat(60_000) }).doc;
  const queue: (() => void)[] = [];
  let counts: Counts | undefined;
  countSlowly(text, [{ from: 0, to: text.length }], (all) => (counts = all), (run) => queue.push(run));
  let steps = 0;
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    run();
    steps += 1;
  }
  assert.deepEqual(counts, { words: 300_000, characters: 60_000 * 22 });
  assert.ok(steps > 4, String(steps));
  const stop = countSlowly(text, [{ from: 0, to: text.length }], () => assert.fail("stopped"), (run) => queue.push(run));
  queue.shift()?.();
  stop();
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) run();
});

test("lines in an address", () => {
  assert.deepEqual(linesOf("#L12"), { first: 12, last: 12 });
  assert.deepEqual(linesOf("#L12-L20"), { first: 12, last: 20 });
  assert.deepEqual(linesOf("#L20-12"), { first: 12, last: 20 });
  for (const other of ["", "#", "#L", "#L0", "#l3", "#L1x", "#L1-", "#xL1", "#L9999999999", "#L1-L0", "# L1"]) assert.equal(linesOf(other), undefined, other);
  assert.equal(hashOf({ first: 3, last: 3 }), "#L3");
  assert.deepEqual(linesOf(hashOf({ first: 3, last: 9 })), { first: 3, last: 9 });
});

test("a save tidies as .editorconfig says, and nothing else", () => {
  const tidied = (text: string, style: Parameters<typeof untidy>[1], carets: number[] = []): string => {
    const { doc } = EditorState.create({ doc: text, extensions: EditorState.lineSeparator.of("\n") });
    return ChangeSet.of(untidy(doc, style, carets), doc.length, "\n").apply(doc).toString();
  };
  const trim = { trimTrailingWhitespace: true };
  assert.equal(tidied("a  \n\t\nb \t\n c", trim), "a\n\nb\n c");
  assert.equal(tidied("a  \r\nb\r \n", trim), "a\r\nb\r\n");
  assert.equal(tidied("a  \nb  ", trim, [3]), "a  \nb");
  assert.equal(tidied("a", { insertFinalNewline: true }), "a\n");
  assert.equal(tidied("a\n", { insertFinalNewline: true }), "a\n");
  assert.equal(tidied("", { insertFinalNewline: true }), "");
  assert.equal(tidied("a\n  ", { ...trim, insertFinalNewline: true }), "a\n");
  assert.equal(tidied("a  ", { ...trim, insertFinalNewline: true }), "a\n");
  assert.equal(tidied("a\n\n\n", { insertFinalNewline: false }), "a");
  assert.equal(tidied("a\n\n\n", { insertFinalNewline: false }, [4]), "a\n\n\n");
  assert.equal(tidied("a  \n", {}), "a  \n");
});

test("keys as people read them", () => {
  assert.equal(keyLabel("$mod+Shift+p", false), "Ctrl+Shift+P");
  assert.equal(keyLabel("$mod+Shift+p", true), "⇧⌘P");
  assert.equal(keyLabel("Shift+Alt+ArrowDown", true), "⌥⇧↓");
  assert.equal(keyLabel("$mod++", false), "Ctrl++");
  assert.equal(keyLabel("$mod+Alt+KeyP", false), "Ctrl+Alt+P");
  assert.equal(keyLabel("$mod+Alt+KeyP", true), "⌥⌘P");
  assert.equal(keyLabel("Escape Tab", false), "Esc Tab");
  assert.equal(keyLabel("F1", true), "F1");
});

test("bytes that look like a text, and bytes that do not", () => {
  assert.ok(seemsText(Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 10)));
  assert.ok(seemsText(Uint8Array.of(0x1b, 0x24, 0x42, 0x46, 0x7c)));
  assert.ok(!seemsText(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0)));
  assert.ok(!seemsText(Uint8Array.of(1, 2, 3, 4, 0x80, 0xff)));
});

test("sizes as file managers say them", () => {
  assert.deepEqual([999, 1000, 1_250_000, 3_400_000_000].map(words.tools.size), ["999 bytes", "1 kB", "1.3 MB", "3.4 GB"]);
});
