// How many words and characters a text has; after a change only the lines that changed are counted again.
// It must never hold the page up: a long text is counted a piece at a time.

import type { ChangeSet, Text } from "@codemirror/state";

export interface Counts {
  readonly words: number;
  /** As people see them in Unicode's terms (code points), the ends of lines left out. */
  readonly characters: number;
}

export const NOTHING: Counts = { words: 0, characters: 0 };

/** What a character is to a word. */
const BETWEEN = 0;
const PART = 1;
/** Of a script that has no blanks between its words: each counts as one. */
const ALONE = 2;
/** Counts only between two parts of a word: don't, well-known, 3.14. */
const JOINS = 3;

const kinds = new Uint8Array(0x10000).fill(255);
const WORD = /[\p{L}\p{N}\p{M}_]/u;
const OWN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const JOINT = /['’.,:\-‐‑·\u200C\u200D]/u;

function kindOf(unit: number): number {
  const known = kinds[unit] ?? 255;
  if (known !== 255) return known;
  const character = String.fromCharCode(unit);
  // Half of a pair: letters of rare scripts, and signs, which count as parts of a word all alike.
  const kind = unit >= 0xd800 && unit <= 0xdfff ? PART : OWN.test(character) ? ALONE : WORD.test(character) ? PART : JOINT.test(character) ? JOINS : BETWEEN;
  kinds[unit] = kind;
  return kind;
}

/** Of one line or of a piece of one; what ends a line counts as nothing. */
export function countIn(text: string): Counts {
  let words = 0;
  let characters = 0;
  let before = BETWEEN;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit !== 10 && (unit & 0xfc00) !== 0xdc00) characters += 1;
    const kind = kindOf(unit);
    if (kind === ALONE) words += 1;
    else if (kind === PART && before !== PART && !(before === JOINS && at >= 2 && kindOf(text.charCodeAt(at - 2)) === PART)) words += 1;
    before = kind;
  }
  return { words, characters };
}

export function sum(a: Counts, b: Counts, sign: 1 | -1 = 1): Counts {
  return { words: a.words + sign * b.words, characters: a.characters + sign * b.characters };
}

/** Of the part of a text between two places. */
export function countBetween(text: Text, from: number, to: number): Counts {
  let total = NOTHING;
  for (const piece of text.iterRange(from, to)) total = sum(total, countIn(piece));
  return total;
}

/** The counts after a change; nothing where so much changed that it is to be counted piece by piece. */
export function countAfter(counts: Counts, before: Text, after: Text, changes: ChangeSet, mostCharacters: number): Counts | undefined {
  let total: Counts | undefined = counts;
  let left = mostCharacters;
  const lines: { fromA: number; toA: number; fromB: number; toB: number }[] = [];
  changes.iterChangedRanges((fromA, toA, fromB, toB) => {
    const start = before.lineAt(fromA);
    const whole = { fromA: start.from, toA: before.lineAt(toA).to, fromB: after.lineAt(fromB).from, toB: after.lineAt(toB).to };
    const last = lines.at(-1);
    // Two changes in one line are one change of that line.
    if (last !== undefined && (whole.fromA <= last.toA || whole.fromB <= last.toB)) {
      last.toA = Math.max(last.toA, whole.toA);
      last.toB = Math.max(last.toB, whole.toB);
    } else lines.push(whole);
  });
  for (const { fromA, toA, fromB, toB } of lines) {
    left -= toA - fromA + (toB - fromB);
    if (left < 0) return undefined;
    total = sum(sum(total, countBetween(before, fromA, toA), -1), countBetween(after, fromB, toB));
  }
  return total;
}

/** Counts pieces of a text, each a few milliseconds' work, the rest later; `done` hears of all at the end. Returns what stops it. */
export function countSlowly(text: Text, ranges: readonly { readonly from: number; readonly to: number }[], done: (counts: Counts) => void, later: (run: () => void) => void): () => void {
  let stopped = false;
  let total = NOTHING;
  const left = ranges.map(({ from, to }) => ({ from, to }));
  const step = (): void => {
    if (stopped) return;
    const range = left[0];
    if (range === undefined) return done(total);
    // At the end of a line, so that no word is cut in two; a line that is too long is cut all the same.
    const end = Math.min(range.to, Math.max(range.from + 1, pieceEnd(text, range.from, range.to)));
    total = sum(total, countBetween(text, range.from, end));
    range.from = end;
    if (end >= range.to) left.shift();
    later(step);
  };
  later(step);
  return () => (stopped = true);
}

const PIECE_CHARACTERS = 200_000;

function pieceEnd(text: Text, from: number, to: number): number {
  if (to - from <= PIECE_CHARACTERS) return to;
  return text.lineAt(from + PIECE_CHARACTERS).to;
}
