// A draft's text from its base and its changes, whatever became of the records; where two texts differ; and when a save is tried again.
// It must never need a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ChangeSet, EditorState, Text } from "@codemirror/state";

import { againMs } from "../src/draft/again-after.ts";
import { differing } from "../src/draft/differing.ts";
import { folded, replay, sentOf, whole } from "../src/draft/journal.ts";
import { type Change, tooMany } from "../src/draft/store.ts";

/** What the editor would have written down for these edits, and the text after them. */
function typed(base: string, edits: readonly { from: number; to?: number; insert?: string }[], separator?: string): { changes: Change[]; text: string } {
  let state = EditorState.create({ doc: base, extensions: separator === undefined ? [] : EditorState.lineSeparator.of(separator) });
  const changes = edits.map((edit, at): Change => {
    const transaction = state.update({ changes: edit });
    state = transaction.state;
    // As a browser's own copy of it comes back.
    return { draft: "d", seq: at + 1, at: 1_000 + at, changes: structuredClone(transaction.changes.toJSON()) };
  });
  return { changes, text: state.doc.toString() };
}

const EDITS = [{ from: 5, insert: " and" }, { from: 0, to: 3 }, { from: 2, insert: "\n\nlines\n" }, { from: 1, to: 4, insert: "ö\u{1F600}" }];

test("the text is what it was after the last change", () => {
  for (const base of ["one two\nthree\n", "0123456789", "a\r\nb\rc\n"]) {
    const { changes, text } = typed(base, EDITS, "\n");
    const replayed = replay(base, changes);
    assert.equal(replayed.text.toString(), text);
    assert.deepEqual({ at: replayed.at, whole: replayed.whole }, { at: 1_003, whole: true });
  }
});

test("records that come in another order are applied in theirs", () => {
  const { changes, text } = typed("one two\n", EDITS);
  assert.equal(replay("one two\n", [...changes].reverse()).text.toString(), text);
});

test("a record that is lost or broken ends the text before it, and nothing is made up", () => {
  const base = "one two\nthree\n";
  const { changes } = typed(base, EDITS);
  const upTo = (count: number): string => typed(base, EDITS.slice(0, count)).text;
  const at = (index: number): Change => changes[index] ?? assert.fail("no such change");
  for (let broken = 0; broken < changes.length; broken += 1) {
    for (const bad of [undefined, null, 7, "x", {}, [], [-1], [["a"]], [[1, 2]], [99_999], [Number.NaN], [[1e9]], [3, [0, "a"]]]) {
      const records = changes.map((change, index) => (index === broken ? { ...change, changes: bad } : change));
      const replayed = replay(base, records);
      assert.equal(replayed.text.toString(), upTo(broken), `${broken}: ${JSON.stringify(bad)}`);
      assert.equal(replayed.whole, false);
    }
  }
  const gap = replay(base, [at(0), at(2), at(3)]);
  assert.deepEqual({ text: gap.text.toString(), whole: gap.whole }, { text: upTo(1), whole: false });
  const twice = replay(base, [at(0), at(0), at(1)]);
  assert.deepEqual({ text: twice.text.toString(), whole: twice.whole }, { text: upTo(1), whole: false });
  const none = replay(base, []);
  assert.deepEqual({ text: none.text.toString(), at: none.at, whole: none.whole }, { text: base, at: undefined, whole: false });
});

test("one change in place of all before it gives the same text, and others go on from it", () => {
  const base = "one two\nthree\n";
  const { changes, text } = typed(base, EDITS);
  const sets = changes.map((change) => ChangeSet.fromJSON(change.changes));
  for (const one of [folded(sets), whole(base, Text.of(text.split("\n")))]) {
    const more = ChangeSet.of({ from: text.length, insert: "!" }, text.length).toJSON();
    const records = [{ draft: "d", seq: 9, at: 1, changes: one.toJSON() }, { draft: "d", seq: 10, at: 2, changes: more }];
    const replayed = replay(base, records);
    assert.deepEqual({ text: replayed.text.toString(), whole: replayed.whole }, { text: `${text}!`, whole: true });
  }
  assert.equal(folded(sets.slice(0, 1)), sets[0]);
});

test("what was sent comes back with the draft; what does not fit the base is left out", () => {
  const base = "one two\nthree\n";
  const format = { encoding: "utf-8", bom: false, lineSeparator: "\n" } as const;
  const one = structuredClone(whole(base, Text.of(["one two", "four", ""])).toJSON());
  const sent = [one, undefined, [99_999], "x"].map((changes) => ({ changes, format }));
  assert.deepEqual(sentOf({ base, sent }).map(({ text, format }) => [text.toString(), format]), [["one two\nfour\n", format]]);
  assert.deepEqual(sentOf({ base }), [], "a draft of a former version");
});

test("many changes of a long text come back soon", () => {
  const base = "a line of text that is not short\n".repeat(160_000);
  let text = Text.of(base.split("\n"));
  const changes: Change[] = [];
  for (let at = 1; at <= 5_000; at += 1) {
    const change = ChangeSet.of({ from: (at * 977) % text.length, insert: "x" }, text.length);
    text = change.apply(text);
    changes.push({ draft: "d", seq: at, at, changes: change.toJSON() });
  }
  const start = performance.now();
  const replayed = replay(base, changes);
  assert.ok(performance.now() - start < 3_000, `${performance.now() - start} ms`);
  assert.ok(replayed.text.eq(text));
});

test("two texts differ in one stretch", () => {
  const words = ["", "a", "aa", "aaa", "aba", "abcabc", "abc", "xabc", "abcx", "\u{1F600}", "\u{1F601}"];
  for (const a of words) {
    for (const b of words) {
      const { from, to, toOther } = differing(a, b);
      assert.ok(from <= to && from <= toOther && to <= a.length && toOther <= b.length, `${a} ${b}`);
      assert.equal(a.slice(0, from) + b.slice(from, toOther) + a.slice(to), b);
      if (a === b) assert.deepEqual([to - from, toOther - from], [0, 0]);
    }
  }
});

test("of too many drafts the oldest go", () => {
  assert.deepEqual(tooMany(Array.from({ length: 53 }, (_, at) => at)), [0, 1, 2]);
  assert.deepEqual(tooMany([1, 2]), []);
});

test("what may well succeed is tried again, soon at first; what needs a person is not", () => {
  for (const status of [0, 408, 429, 500, 502, 503, 504]) {
    assert.equal(againMs(status, 0, 1), 1_000, String(status));
    assert.equal(againMs(status, 3, 1), 8_000);
    assert.equal(againMs(status, 99, 1), 30_000);
  }
  for (const status of [400, 401, 403, 404, 412, 413, 428]) assert.equal(againMs(status, 0, 1), undefined, String(status));
  assert.equal(againMs(507, 0, 1), 30_000);
  assert.equal(againMs(507, 99, 1), 300_000);
  assert.equal(againMs(429, 0, 1, 30), 30_000, "as long as the server asks for");
  assert.equal(againMs(503, 0, 1, 1e9), 300_000, "within bounds");
});
