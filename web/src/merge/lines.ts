// Where two texts differ, line by line, in a time that is bounded whatever they hold.
// It must never call two lines equal that are not; where it would take too long, it calls more different than is.

import { diffIndices } from "node-diff3";

/** `from` to `to` of the one text has become `newFrom` to `newTo` of the other: whole lines, in characters. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** More differing lines than this are not looked at one by one. */
const LINES_MOST = 1_000_000;
/** Steps of comparing that one call may take, roughly: some tenths of a second. */
const STEPS_MOST = 20_000_000;
/** How often a range is divided at the lines that it has once. */
const DIVIDED_MOST = 8;
const NEWLINE = 10;

/** The differences, in order, with at least one equal line between two of them. Both texts end in \n. */
export function hunksOf(before: string, after: string): Hunk[] {
  const { start, end, newEnd } = trimmed(before, after);
  if (start === end && start === newEnd) return [];
  const one = linesOf(before, start, end);
  const other = linesOf(after, start, newEnd);
  if (one === undefined || other === undefined) return [{ from: start, to: end, newFrom: start, newTo: newEnd }];
  const found: LineHunk[] = [];
  divide(one, other, { from: 0, to: one.length, newFrom: 0, newTo: other.length }, found, { steps: STEPS_MOST }, 0);
  const offsets = offsetsOf(one, start);
  const newOffsets = offsetsOf(other, start);
  return joined(found).map((hunk) => ({
    from: offsets[hunk.from] ?? end,
    to: offsets[hunk.to] ?? end,
    newFrom: newOffsets[hunk.newFrom] ?? newEnd,
    newTo: newOffsets[hunk.newTo] ?? newEnd,
  }));
}

/** The same in lines. */
type LineHunk = Hunk;

/** What is equal at the beginning and at the end, in whole lines, is left out. */
function trimmed(before: string, after: string): { start: number; end: number; newEnd: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  if (start === before.length && start === after.length) return { start, end: start, newEnd: start };
  if (start > 0) start = before.lastIndexOf("\n", start - 1) + 1;
  let end = before.length;
  let newEnd = after.length;
  while (end > start && newEnd > start && before.charCodeAt(end - 1) === after.charCodeAt(newEnd - 1)) {
    end -= 1;
    newEnd -= 1;
  }
  const begins = (text: string, at: number): boolean => at === 0 || text.charCodeAt(at - 1) === NEWLINE;
  if (!begins(before, end) || !begins(after, newEnd)) {
    const line = before.indexOf("\n", end) + 1 - end;
    end += line;
    newEnd += line;
  }
  return { start, end, newEnd };
}

/** The lines, without their ends; nothing where they are too many. */
function linesOf(text: string, from: number, to: number): string[] | undefined {
  const lines: string[] = [];
  while (from < to) {
    if (lines.length === LINES_MOST) return undefined;
    const end = text.indexOf("\n", from);
    lines.push(text.slice(from, end));
    from = end + 1;
  }
  return lines;
}

/** Where each line begins, and where the last one ends. */
function offsetsOf(lines: readonly string[], start: number): number[] {
  const offsets = [start];
  for (const line of lines) offsets.push((start += line.length + 1));
  return offsets;
}

/** Divides the range at lines that both sides have once and in the same order, until what is left can be compared. */
function divide(one: readonly string[], other: readonly string[], range: LineHunk, found: LineHunk[], left: { steps: number }, depth: number): void {
  let { from, to, newFrom, newTo } = range;
  while (from < to && newFrom < newTo && one[from] === other[newFrom]) {
    from += 1;
    newFrom += 1;
  }
  while (from < to && newFrom < newTo && one[to - 1] === other[newTo - 1]) {
    to -= 1;
    newTo -= 1;
  }
  const rest = { from, to, newFrom, newTo };
  if (from === to || newFrom === newTo) {
    if (from < to || newFrom < newTo) found.push(rest);
    return;
  }
  const pairs = depth < DIVIDED_MOST ? pairsIn(one, other, rest) : [];
  if (pairs.length === 0) return compare(one, other, rest, found, left);
  for (const [at, newAt] of pairs) {
    divide(one, other, { from, to: at, newFrom, newTo: newAt }, found, left, depth + 1);
    from = at + 1;
    newFrom = newAt + 1;
  }
  divide(one, other, { from, to, newFrom, newTo }, found, left, depth + 1);
}

/** Lines that both sides have once: the longest row of them that is in the same order on both. */
function pairsIn(one: readonly string[], other: readonly string[], { from, to, newFrom, newTo }: LineHunk): [number, number][] {
  const SEVERAL = -1;
  const once = new Map<string, number>();
  for (let at = from; at < to; at += 1) {
    const line = one[at] ?? "";
    once.set(line, once.has(line) ? SEVERAL : at);
  }
  const places = new Map<number, number>();
  for (let newAt = newFrom; newAt < newTo; newAt += 1) {
    const at = once.get(other[newAt] ?? "");
    if (at !== undefined && at !== SEVERAL) places.set(at, places.has(at) ? SEVERAL : newAt);
  }
  const pairs = [...places].filter(([, newAt]) => newAt !== SEVERAL).sort(([a], [b]) => a - b);
  return rising(pairs);
}

/** The longest row of pairs whose second numbers rise. */
function rising(pairs: readonly [number, number][]): [number, number][] {
  /** The last pair of the best row of each length, and what stands before each pair. */
  const ends: number[] = [];
  const before: number[] = [];
  const second = (index: number | undefined): number => pairs[index ?? -1]?.[1] ?? -1;
  pairs.forEach(([, value], index) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (second(ends[middle]) < value) low = middle + 1;
      else high = middle;
    }
    before[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  });
  const row: [number, number][] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) row.push(pair);
  }
  return row.reverse();
}

/** Lines that repeat: compared each with each where that is affordable, else all of them differ. */
function compare(one: readonly string[], other: readonly string[], range: LineHunk, found: LineHunk[], left: { steps: number }): void {
  const { from, to, newFrom, newTo } = range;
  const mine = one.slice(from, to);
  const theirs = other.slice(newFrom, newTo);
  const counts = new Map<string, number>();
  for (const line of theirs) counts.set(line, (counts.get(line) ?? 0) + 1);
  const matches = mine.reduce((sum, line) => sum + (counts.get(line) ?? 0), 0);
  const steps = matches * Math.min(mine.length, theirs.length);
  if (matches === 0 || steps > left.steps) {
    found.push(range);
    return;
  }
  left.steps -= steps;
  for (const { buffer1, buffer2 } of diffIndices(mine, theirs)) {
    const [start, length] = buffer1;
    const [newStart, newLength] = buffer2;
    found.push({ from: from + start, to: from + start + length, newFrom: newFrom + newStart, newTo: newFrom + newStart + newLength });
  }
}

/** Differences that touch are one. */
function joined(hunks: readonly LineHunk[]): LineHunk[] {
  const all: LineHunk[] = [];
  for (const hunk of hunks) {
    const last = all.at(-1);
    if (last !== undefined && last.to === hunk.from && last.newTo === hunk.newFrom) all[all.length - 1] = { ...last, to: hunk.to, newTo: hunk.newTo };
    else all.push(hunk);
  }
  return all;
}
