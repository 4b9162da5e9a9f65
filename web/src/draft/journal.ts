// A draft's changes become its text again, many changes become one, and so do two texts.
// It must never make a text up: where a change does not fit, the text is what it was before it.

import { ChangeSet, Text } from "@codemirror/state";

import type { SentText } from "../sent.ts";
import { differing } from "./differing.ts";
import type { Change, Draft } from "./store.ts";

export interface Replayed {
  readonly text: Text;
  /** When the last change was made; nothing where none was. */
  readonly at: number | undefined;
  /** Whether each change fitted. */
  readonly whole: boolean;
}

/** Whether CodeMirror's change is one that a text of this length may have. */
function read(changes: unknown, length: number): ChangeSet | undefined {
  try {
    const change = ChangeSet.fromJSON(changes);
    return change.length === length ? change : undefined;
  } catch {
    return undefined;
  }
}

/** The text as it was when the last change that is kept had been made. */
export function replay(base: string, changes: readonly Change[]): Replayed {
  // As CodeMirror counts: a carriage return inside a line is a character of it.
  let text = Text.of(base.split("\n"));
  let at: number | undefined;
  let next: number | undefined;
  for (const change of [...changes].sort((a, b) => a.seq - b.seq)) {
    const fitting = next === undefined || change.seq === next ? read(change.changes, text.length) : undefined;
    if (fitting === undefined) return { text, at, whole: false };
    text = fitting.apply(text);
    at = change.at;
    next = change.seq + 1;
  }
  return { text, at, whole: at !== undefined };
}

/** The texts that were sent in place of the draft's base and may have arrived. */
export function sentOf({ base, sent = [] }: Pick<Draft, "base" | "sent">): SentText[] {
  const text = Text.of(base.split("\n"));
  return sent.flatMap(({ changes, format }) => {
    const change = read(changes, text.length);
    return change === undefined ? [] : [{ text: change.apply(text), format }];
  });
}

/** What makes `text` of `base`, as one change. */
export function whole(base: string, text: Text): ChangeSet {
  const { from, to, toOther } = differing(base, text.toString());
  return ChangeSet.of({ from, to, insert: text.slice(from, toOther) }, base.length);
}

/** The same as all of these, one after the other, as one change. */
export function folded(changes: readonly ChangeSet[]): ChangeSet {
  // By halves: each change is gone over a few times only, however many there are.
  const [first, ...rest] = changes;
  if (first === undefined) throw new Error("no change");
  if (rest.length === 0) return first;
  const middle = changes.length >> 1;
  return folded(changes.slice(0, middle)).compose(folded(changes.slice(middle)));
}
