// Whatever can be edited comes back byte for byte, also after the way through CodeMirror's own text.
// It must never be made to pass by narrowing what counts as editable: the table says which is which.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EditorState } from "@codemirror/state";

import { type Decoded, decode, encode } from "../src/text/encoding.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const bytes = (...values: number[]) => Uint8Array.from(values);
const utf16 = (text: string, little: boolean) => {
  const units = [...`\uFEFF${text}`].flatMap((character) => [...Array(character.length).keys()].map((at) => character.charCodeAt(at)));
  return Uint8Array.from(units.flatMap((unit) => (little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])));
};

const EDITABLE: [name: string, file: Uint8Array, encoding: string, separator: string][] = [
  ["empty", utf8(""), "utf-8", "\n"],
  ["one line, no end", utf8("a"), "utf-8", "\n"],
  ["final newline", utf8("a\n"), "utf-8", "\n"],
  ["several final newlines", utf8("a\n\n\n"), "utf-8", "\n"],
  ["newline alone", utf8("\n"), "utf-8", "\n"],
  ["CRLF", utf8("a\r\nb\r\n"), "utf-8", "\r\n"],
  ["CRLF, no end", utf8("a\r\n\r\nb"), "utf-8", "\r\n"],
  ["CRLF alone", utf8("\r\n"), "utf-8", "\r\n"],
  ["CR", utf8("a\rb\r"), "utf-8", "\r"],
  ["LF then CRLF", utf8("a\nb\r\nc"), "utf-8", "mixed"],
  ["CRLF then lone CR", utf8("a\r\nb\rc\r\n"), "utf-8", "mixed"],
  ["LF and CR, turned round", utf8("a\n\rb"), "utf-8", "mixed"],
  ["CR CRLF", utf8("a\r\r\nb"), "utf-8", "mixed"],
  ["ends in a lone CR", utf8("a\nb\r"), "utf-8", "mixed"],
  ["UTF-8 BOM", utf8("\uFEFFa\r\nb"), "utf-8", "\r\n"],
  ["UTF-8 BOM alone", utf8("\uFEFF"), "utf-8", "\n"],
  ["two BOMs", utf8("\uFEFF\uFEFFa"), "utf-8", "\n"],
  ["BOM inside", utf8("a\uFEFFb"), "utf-8", "\n"],
  ["beyond the basic plane", utf8("ä€😀 e\u0301 \u202E"), "utf-8", "\n"],
  ["other separators are characters", utf8("a\u2028b\u0085c\u000Bd\fe"), "utf-8", "\n"],
  ["control characters", utf8("\u0001\u001B[0m\u007F\t"), "utf-8", "\n"],
  ["noncharacters", utf8("\uFFFE\uFFFF\uFFFD"), "utf-8", "\n"],
  ["UTF-16 LE", utf16("aä😀\r\nb\r\n", true), "utf-16le", "\r\n"],
  ["UTF-16 BE", utf16("aä😀\nb", false), "utf-16be", "\n"],
  ["UTF-16 BOM alone", utf16("", true), "utf-16le", "\n"],
  ["UTF-16, mixed", utf16("a\nb\r\nc\r", false), "utf-16be", "mixed"],
  ["UTF-16, two BOMs", utf16("\uFEFFa", true), "utf-16le", "\n"],
];

const READ_ONLY: [name: string, file: Uint8Array][] = [
  ["Latin-1", bytes(0x63, 0x61, 0x66, 0xe9)],
  ["NUL in ASCII", utf8("a\0b")],
  ["overlong", bytes(0xc0, 0xaf)],
  ["a surrogate in UTF-8", bytes(0xed, 0xa0, 0x80)],
  ["cut off", bytes(0xe2, 0x82)],
  ["malformed after a BOM", bytes(0xef, 0xbb, 0xbf, 0xff)],
  ["UTF-16, odd length", bytes(0xff, 0xfe, 0x61)],
  ["UTF-16, lone surrogate", bytes(0xff, 0xfe, 0x00, 0xd8)],
  ["UTF-16, NUL", bytes(0xff, 0xfe, 0x00, 0x00)],
  ["UTF-32 LE", bytes(0xff, 0xfe, 0x00, 0x00, 0x61, 0x00, 0x00, 0x00)],
  ["UTF-16 without a BOM", bytes(0x61, 0x00, 0x62, 0x00)],
  ["PNG", bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00)],
];

for (const [name, file, encoding, separator] of EDITABLE) {
  test(`comes back: ${name}`, () => {
    const decoded = decode(file);
    assert.equal(decoded.editable, true);
    assert.equal(decoded.encoding, encoding);
    assert.equal(decoded.lineSeparator, separator);
    assert.deepEqual([...encode(throughEditor(decoded), decoded)], [...file]);
  });
}

for (const [name, file] of READ_ONLY) {
  test(`is read-only: ${name}`, () => {
    const decoded = decode(file);
    assert.equal(decoded.editable, false);
    assert.equal(decoded.text.length, file.length);
    assert.throws(() => encode(decoded.text, decoded));
  });
}

test("comes back: every short text of line ends", () => {
  const pieces = ["a", "\r", "\n", "\r\n", "ä"];
  const texts = [""];
  for (let at = 0; at < texts.length && texts.length < 4_000; at += 1) {
    for (const piece of pieces) texts.push(texts[at] + piece);
  }
  for (const text of texts) {
    for (const file of [utf8(text), utf16(text, true), utf16(text, false)]) {
      const decoded = decode(file);
      assert.deepEqual(encode(throughEditor(decoded), decoded), file, JSON.stringify(text));
    }
  }
});

test("comes back: random bytes, or read-only", () => {
  let seed = 1;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  let editable = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const lead = [[], [0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf]][next() % 4] ?? [];
    const file = Uint8Array.from([...lead, ...Array.from({ length: next() % 12 }, () => next() % 256)]);
    const decoded = decode(file);
    if (!decoded.editable) continue;
    editable += 1;
    assert.deepEqual(encode(throughEditor(decoded), decoded), file);
  }
  assert.ok(editable > 1_000);
});

test("a new line gets the file's own separator", () => {
  for (const [file, wanted] of [["a\r\nb", "a\r\nb\r\nc"], ["a\rb", "a\rb\rc"], ["a\nb", "a\nb\nc"]] as const) {
    const decoded = decode(utf8(file));
    assert.deepEqual(encode(`${throughEditor(decoded)}\nc`, decoded), utf8(wanted));
  }
});

test("a carriage return brought back by undo ends a line, whatever the file uses", () => {
  assert.deepEqual(encode("a\r\nb\rc\nd", { encoding: "utf-8", bom: false, lineSeparator: "\r\n" }), utf8("a\r\nb\r\nc\r\nd"));
});

/** As the pane does it: CodeMirror splits into lines, and gives them back with \n between them. */
function throughEditor(decoded: Decoded): string {
  const extensions = decoded.lineSeparator === "mixed" ? EditorState.lineSeparator.of("\n") : [];
  return EditorState.create({ doc: decoded.text, extensions }).doc.toString();
}
