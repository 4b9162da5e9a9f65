// Two texts that began as the same one become one, line by line, as diff3 does it.
// It must never drop a line that either side wrote, nor decide where both changed the same place.

import { type Hunk, hunksOf } from "./lines.ts";

/** A place that both sides changed, differently. */
export interface Conflict {
  /** Where it stands in the merged text, which holds `mine` there, in characters. At the very end, `to` is one past it. */
  readonly from: number;
  readonly to: number;
  /** Whole lines, each with its \n; nothing where that side has none there. */
  readonly base: string;
  readonly mine: string;
  readonly theirs: string;
}

/** Part of a text that is to become another. */
export interface Change {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export interface Merged {
  /** What both sides wrote; where they disagree, what is mine. */
  readonly text: string;
  /** In order. None: everything is merged. */
  readonly conflicts: readonly Conflict[];
  /** What makes `text` of mine, in characters of mine, in order and as little as can be: all of it comes from them. */
  readonly changes: readonly Change[];
  /** How many places of mine are other now. */
  readonly taken: number;
}

/** Merges what became of `base` here (`mine`) and elsewhere (`theirs`). Lines end in \n. Takes well below a second for 10 MB. */
export function mergeTexts(base: string, mine: string, theirs: string): Merged {
  // With an end to its last line too, every text is whole lines, and one that grew at its end grew by whole lines.
  const [whole, here, there] = [`${base}\n`, `${mine}\n`, `${theirs}\n`];
  const conflicts: Conflict[] = [];
  const changes: Change[] = [];
  let taken = 0;
  let grown = 0;
  for (const { from, to, mine: own, theirs: other } of regionsOf(hunksOf(whole, here), hunksOf(whole, there))) {
    const insert = there.slice(other.from, other.to);
    if (!other.changed || insert === here.slice(own.from, own.to)) continue;
    if (own.changed) {
      conflicts.push({
        from: own.from + grown,
        to: own.to + grown,
        base: whole.slice(from, to),
        mine: here.slice(own.from, own.to),
        theirs: insert,
      });
      continue;
    }
    taken += 1;
    grown += insert.length - (own.to - own.from);
    changes.push(...smallest(here, { from: own.from, to: own.to, insert }));
  }
  const within = changes.map((change) => withoutLastEnd(change, mine.length));
  return { text: apply(mine, within), conflicts, changes: within, taken };
}

/** The merged text with every conflict decided for one side. */
export function decided(merged: Merged, side: "mine" | "theirs"): string {
  if (side === "mine" || merged.conflicts.length === 0) return merged.text;
  const changes = merged.conflicts.map(({ from, to, theirs }) => ({ from, to, insert: theirs }));
  return apply(`${merged.text}\n`, changes).slice(0, -1);
}

/** `text` with the changes made. */
export function apply(text: string, changes: readonly Change[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, insert } of changes) {
    parts.push(text.slice(at, from), insert);
    at = to;
  }
  return parts.join("") + text.slice(at);
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly changed: boolean;
}

/** A stretch of the base that at least one side changed, and what each has there. */
interface Region {
  readonly from: number;
  readonly to: number;
  readonly mine: Part;
  readonly theirs: Part;
}

/** Changes of the two sides that touch each other are one region; between two regions stands a line that neither changed. */
function regionsOf(mine: readonly Hunk[], theirs: readonly Hunk[]): Region[] {
  const regions: Region[] = [];
  let [mineAt, theirsAt, mineGrown, theirsGrown] = [0, 0, 0, 0];
  for (;;) {
    const from = Math.min(mine[mineAt]?.from ?? Infinity, theirs[theirsAt]?.from ?? Infinity);
    if (from === Infinity) return regions;
    let to = from;
    const [mineStart, theirsStart] = [mineAt, theirsAt];
    for (;;) {
      const [own, other] = [mine[mineAt], theirs[theirsAt]];
      if (own !== undefined && own.from <= to) {
        to = Math.max(to, own.to);
        mineAt += 1;
      } else if (other !== undefined && other.from <= to) {
        to = Math.max(to, other.to);
        theirsAt += 1;
      } else break;
    }
    const own = partOf(mine.slice(mineStart, mineAt), from, to, mineGrown);
    const other = partOf(theirs.slice(theirsStart, theirsAt), from, to, theirsGrown);
    regions.push({ from, to, mine: own, theirs: other });
    mineGrown = own.to - to;
    theirsGrown = other.to - to;
  }
}

/** What one side has in place of `from` to `to`; `grown` is how much longer it was before that. */
function partOf(hunks: readonly Hunk[], from: number, to: number, grown: number): Part {
  const last = hunks.at(-1);
  const end = last === undefined ? to + grown : last.newTo + (to - last.to);
  return { from: from + grown, to: end, changed: last !== undefined };
}

/** The same change without what stays as it is: by lines where there are as many as before, else at its two ends. */
function smallest(text: string, change: Change): Change[] {
  const removed = text.slice(change.from, change.to);
  const before = removed.split("\n");
  const after = change.insert.split("\n");
  if (before.length !== after.length) return [narrowed(removed, change)];
  let from = change.from;
  const changes: Change[] = [];
  before.forEach((line, at) => {
    const insert = after[at] ?? "";
    if (line !== insert) changes.push(narrowed(line, { from, to: from + line.length, insert }));
    from += line.length + 1;
  });
  return changes;
}

function narrowed(removed: string, { from, to, insert }: Change): Change {
  const shorter = Math.min(removed.length, insert.length);
  let start = 0;
  while (start < shorter && removed.charCodeAt(start) === insert.charCodeAt(start)) start += 1;
  if (halves(removed, start) || halves(insert, start)) start -= 1;
  let end = 0;
  while (end < shorter - start && removed.charCodeAt(removed.length - 1 - end) === insert.charCodeAt(insert.length - 1 - end)) end += 1;
  if (halves(removed, removed.length - end) || halves(insert, insert.length - end)) end -= 1;
  return { from: from + start, to: to - end, insert: insert.slice(start, insert.length - end) };
}

/** Whether a cut at `at` would part the two halves of one character. */
function halves(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
}

/** The same change of a text that lacks the \n at its very end. */
function withoutLastEnd({ from, to, insert }: Change, length: number): Change {
  if (to <= length) return { from, to, insert };
  // Lines are added after the last one, or the last ones are gone with the \n before them, or they end otherwise.
  if (from > length) return { from: length, to: length, insert: `\n${insert.slice(0, -1)}` };
  if (insert === "") return { from: Math.max(from - 1, 0), to: length, insert };
  return { from, to: length, insert: insert.slice(0, -1) };
}
