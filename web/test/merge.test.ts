// How three texts become one: what is merged, what is a conflict, that nothing is lost, and how long it may take.
// It must never need a browser, and never draw numbers that cannot be drawn again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { hunksOf } from "../src/merge/lines.ts";
import { apply, decided, mergeTexts } from "../src/merge/three.ts";
import { readTold } from "../src/told.ts";

/** The same numbers for the same seed (mulberry32). */
export function dice(seed: number): (sides: number) => number {
  return (sides) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const BASE = "one\ntwo\nthree\nfour\nfive\n";

function merged(base: string, mine: string, theirs: string): string {
  const { text, conflicts } = mergeTexts(base, mine, theirs);
  assert.deepEqual(conflicts, [], JSON.stringify([base, mine, theirs]));
  return text;
}

test("what only one side changed is taken, what both changed alike is taken once", () => {
  assert.equal(merged(BASE, BASE, BASE), BASE);
  assert.equal(merged(BASE, "ONE\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nFIVE\n"), "ONE\ntwo\nthree\nfour\nFIVE\n");
  assert.equal(merged(BASE, BASE, "one\nfive\n"), "one\nfive\n");
  assert.equal(merged(BASE, "one\nfive\n", BASE), "one\nfive\n");
  assert.equal(merged(BASE, "one\nnew\nfive\n", "one\nnew\nfive\n"), "one\nnew\nfive\n");
  assert.equal(merged(BASE, `zero\n${BASE}`, `${BASE}six\n`), `zero\n${BASE}six\n`);
  assert.equal(merged(BASE, "one\nthree\nfour\nfive\n", "one\ntwo\nthree\nfive\n"), "one\nthree\nfive\n");
});

test("lines that are added after a last line without an end stay whole", () => {
  assert.equal(merged("a\nb\nc", "A\nb\nc", "a\nb\nc\nd"), "A\nb\nc\nd");
  assert.equal(merged("a\nb\nc", "A\nb\nc", "a\nb"), "A\nb");
  assert.equal(merged("a\nb\nc\n", "A\nb\nc\n", "a\nb\nc"), "A\nb\nc");
  assert.equal(merged("", "", "first"), "first");
  assert.equal(merged("a", "a", ""), "");
  assert.equal(merged("a\n\nb", "a\n\nb", "A\n"), "A\n");
});

test("what both changed differently is a conflict, and each side of it can be had", () => {
  const found = mergeTexts(BASE, "ONE\ntwo\nmine\nfour\nfive\n", "one\ntwo\ntheirs\nfour\nFIVE\n");
  assert.equal(found.text, "ONE\ntwo\nmine\nfour\nFIVE\n");
  assert.equal(found.taken, 1);
  const [conflict] = found.conflicts;
  assert.deepEqual(conflict, { from: 8, to: 13, base: "three\n", mine: "mine\n", theirs: "theirs\n" });
  assert.equal(decided(found, "mine"), "ONE\ntwo\nmine\nfour\nFIVE\n");
  assert.equal(decided(found, "theirs"), "ONE\ntwo\ntheirs\nfour\nFIVE\n");
});

test("both added other lines at the end, or one deleted what the other changed", () => {
  const both = mergeTexts("a\n", "a\nmine\n", "a\ntheirs\n");
  assert.equal(both.conflicts.length, 1);
  assert.equal(decided(both, "theirs"), "a\ntheirs\n");
  const gone = mergeTexts("a\nb\nc", "a\nB\nc", "a\nc");
  assert.equal(decided(gone, "mine"), "a\nB\nc");
  assert.equal(decided(gone, "theirs"), "a\nc");
  const last = mergeTexts("a\nb", "a\nB", "a");
  assert.equal(decided(last, "mine"), "a\nB");
  assert.equal(decided(last, "theirs"), "a");
});

test("neighbouring lines changed by the two sides are a conflict, not a guess", () => {
  assert.equal(mergeTexts("a\nb\n", "A\nb\n", "a\nB\n").conflicts.length, 1);
  assert.equal(mergeTexts("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n").conflicts.length, 0);
});

test("a new file that both made is a conflict from its first line to its last", () => {
  const found = mergeTexts("", "mine\n", "theirs\n");
  assert.equal(found.conflicts.length, 1);
  assert.equal(decided(found, "theirs"), "theirs\n");
  assert.equal(merged("", "same\n", "same\n"), "same\n");
});

test("a change is told as small as it is, and no character is cut in two", () => {
  const change = (before: string, after: string) => mergeTexts(before, before, after).changes;
  assert.deepEqual(change("a\nthe quick fox\nb\n", "a\nthe slow fox\nb\n"), [{ from: 6, to: 11, insert: "slow" }]);
  assert.deepEqual(change("x = 1\ny = 1\nz\n", "x = 2\ny = 2\nz\n"), [{ from: 4, to: 5, insert: "2" }, { from: 10, to: 11, insert: "2" }]);
  // The two share their first half (D83D), or their second (DE00).
  assert.deepEqual(change("a\u{1F600}b", "a\u{1F601}b"), [{ from: 1, to: 3, insert: "\u{1F601}" }]);
  assert.deepEqual(change("a\u{1F600}b", "a\u{1FA00}b"), [{ from: 1, to: 3, insert: "\u{1FA00}" }]);
});

test("differences are as they are, whatever is drawn, and what is told makes the one text of the other", () => {
  const roll = dice(6);
  for (let time = 0; time < 3000; time += 1) {
    const [base, mine, theirs] = [drawn(roll), drawn(roll), drawn(roll)];
    assert.equal(rebuilt(`${base}\n`, `${mine}\n`), `${mine}\n`);
    const found = mergeTexts(base, mine, theirs);
    assert.equal(apply(mine, found.changes), found.text);
    const alone = mergeTexts(base, base, theirs);
    assert.deepEqual([alone.text, alone.conflicts], [theirs, []]);
    assert.equal(mergeTexts(base, mine, base).text, mine);
    const same = mergeTexts(base, mine, mine);
    assert.deepEqual([same.text, same.conflicts, same.changes], [mine, [], []]);
    assert.equal(found.conflicts.map(({ from, to }) => `${found.text}\n`.slice(from, to)).join(), found.conflicts.map((conflict) => conflict.mine).join());
    // The other way round it is the same places.
    const other = mergeTexts(base, theirs, mine);
    assert.equal(decided(found, "mine"), decided(other, "theirs"), JSON.stringify([base, mine, theirs]));
    assert.equal(decided(found, "theirs"), decided(other, "mine"));
  }
});

/** A few lines of few kinds, so that they repeat. */
function drawn(roll: (sides: number) => number): string {
  return Array.from({ length: roll(9) }, () => ["", "a", "b", "constructor", "x y"][roll(5)]).join("\n");
}

function rebuilt(before: string, after: string): string {
  return apply(before, hunksOf(before, after).map(({ from, to, newFrom, newTo }) => ({ from, to, insert: after.slice(newFrom, newTo) })));
}

test("10 MB are merged in a time that one can wait for, whatever they hold", () => {
  const MB = 1_000_000;
  const roll = dice(10);
  const lines = (count: number, line: (at: number) => string) => Array.from({ length: count }, (_, at) => line(at));
  const texts: Record<string, string[]> = {
    "lines that differ": lines(200_000, (at) => `${at} ${"x".repeat(44)}`),
    "lines that are all the same": lines(200_000, () => "x".repeat(49)),
    "lines of a few kinds": lines(200_000, () => `${roll(40)}`.padEnd(49, "y")),
    "nothing but ends of lines": lines(10 * MB, () => ""),
    "one line": ["z".repeat(10 * MB)],
  };
  for (const [what, all] of Object.entries(texts)) {
    const base = all.join("\n");
    const edit = (share: number, by: string) => {
      const copy = [...all];
      copy.splice(Math.floor(copy.length * share), 1, `${by}\n${copy[Math.floor(copy.length * share)] ?? ""}`);
      if (all.length > 1) copy.splice(Math.floor(copy.length * (share + 0.3)), 1);
      return copy.join("\n");
    };
    const [mine, theirs] = [edit(0.1, "mine"), edit(0.2, "theirs")];
    within(what, () => {
      const found = mergeTexts(base, mine, theirs);
      assert.match(decided(found, "mine"), /mine\n/, what);
      assert.match(decided(found, "theirs"), /theirs\n/, what);
    });
    const other = () => lines(200_000, () => `${roll(1000)}`).join("\n");
    const [third, fourth] = [other(), other()];
    within(`${what}, and all of it changed twice`, () => assert.equal(mergeTexts(base, third, fourth).taken, 0));
  }
});

/** By the processor's time, whatever else the machine does: what takes a second here took hours if each line met each other. */
function within(what: string, act: () => void): void {
  const since = process.cpuUsage();
  act();
  const tookMs = process.cpuUsage(since).user / 1_000;
  assert.ok(tookMs < 4_000, `${what}: ${Math.round(tookMs)} ms`);
}

test("an event of the file says its version or that it is gone, and what is no such event says nothing", () => {
  assert.deepEqual(readTold('{"revision":"\\"abc\\""}', "file"), { state: "file", revision: '"abc"' });
  assert.deepEqual(readTold('{"revision":null}', "file"), { state: "file", revision: undefined });
  assert.deepEqual(readTold('{"others":2}', "presence"), { state: "presence", others: 2 });
  for (const bad of ["", "null", "[]", "{}", '{"revision":""}', '{"revision":1}', '{"others":-1}', '{"others":"2"}', '{"others":1.5}']) {
    for (const event of ["file", "presence", "message", ""]) assert.equal(readTold(bad, event), undefined, `${event}: ${bad}`);
  }
  assert.equal(readTold('{"state":"revoked"}', "file"), undefined);
});

test("two writers and the disk at once come together, and no line that somebody wrote is lost", () => {
  for (let seed = 1; seed <= 300; seed += 1) together(dice(seed));
});

/** Two pages and a program that write to one file by turns that are drawn, with the bookkeeping of the page: base, text, version. */
function together(roll: (sides: number) => number): void {
  const file = { text: Array.from({ length: 12 }, (_, at) => `line ${at}`).join("\n"), version: 0 };
  const pages = [0, 1].map(() => ({ base: file.text, text: file.text, version: 0 }));
  const written = new Set<string>();
  const edit = (text: string): string => {
    const lines = text.split("\n");
    const line = `written ${written.size}`;
    written.add(line);
    // Lines that somebody wrote are never taken away, those of the beginning are.
    const at = roll(lines.length);
    lines.splice(at, lines[at]?.startsWith("line") === true ? roll(2) : 0, line);
    return lines.join("\n");
  };
  const take = (page: { base: string; text: string; version: number }): void => {
    if (page.version === file.version) return;
    const merged = mergeTexts(page.base, page.text, file.text);
    // Who decides keeps both.
    const both = merged.conflicts.map(({ from, to, mine, theirs }) => ({ from, to, insert: mine + theirs }));
    page.text = merged.conflicts.length === 0 ? merged.text : apply(`${merged.text}\n`, both).slice(0, -1);
    page.base = file.text;
    page.version = file.version;
  };
  const save = (page: { base: string; text: string; version: number }): void => {
    // If-Match: another version is taken in first, and named by the next try.
    take(page);
    if (page.text === file.text) return;
    file.text = page.base = page.text;
    page.version = file.version += 1;
  };
  for (let turn = 0; turn < 40; turn += 1) {
    const page = pages[roll(2)];
    const act = roll(6);
    if (act === 5) {
      file.text = edit(file.text);
      file.version += 1;
    } else if (page !== undefined) {
      if (act < 3) page.text = edit(page.text);
      else if (act === 3) save(page);
      else take(page);
    }
  }
  for (const page of [...pages, ...pages]) save(page);
  for (const page of pages) assert.equal(page.text, file.text);
  const lines = file.text.split("\n");
  for (const line of written) assert.ok(lines.includes(line), `${line} is lost:\n${file.text}`);
}
