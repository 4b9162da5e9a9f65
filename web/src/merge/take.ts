// What came from elsewhere is brought together with the text in hand, put into it, marked, and taken out again.
// It must never change what is not theirs, nor pass a conflict over. A chunk of its own, fetched when the file changed.

import { ChangeSet, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

import type { Replaces } from "../remote.ts";
import { type Decoded, decode, type Format } from "../text/encoding.ts";
import type { Pane } from "../text/pane.ts";
import type { Work } from "../work.ts";
import { type Change, decided, mergeTexts } from "./three.ts";

/** Two versions and what became of them. */
export type Meeting =
  | { readonly kind: "merged"; readonly theirs: Theirs; readonly changes: readonly Change[]; readonly taken: number }
  | { readonly kind: "conflict"; readonly theirs: Theirs; readonly sides: Sides }
  /** Another encoding or other line ends, or no text. */
  | { readonly kind: "unlike"; readonly decoded: Decoded };

/** What the file holds, and how it is written. */
export interface Theirs {
  readonly text: Text;
  readonly format: Format;
}

/** The merged text with each conflict decided for one side. */
export interface Sides {
  readonly mine: string;
  readonly theirs: string;
}

/** More lines than this are not marked. */
const MARKED_MOST = 5_000;

/** What the file holds now, met with the text in hand. */
export function meet(work: Work, bytes: Uint8Array): Meeting {
  const decoded = decode(bytes);
  const format = formatOf(decoded, work);
  if (format === undefined) return { kind: "unlike", decoded };
  const theirs = { text: work.pane.textOf(decoded.text), format };
  const merged = mergeTexts((work.base.text ?? "").toString(), work.pane.text.toString(), theirs.text.toString());
  if (merged.conflicts.length === 0) return { kind: "merged", theirs, changes: merged.changes, taken: merged.taken };
  return { kind: "conflict", theirs, sides: { mine: decided(merged, "mine"), theirs: decided(merged, "theirs") } };
}

/** How they wrote it, where that is as before, or as it is to be written here from now on; nothing where it is another way. */
function formatOf(decoded: Decoded, { base, format }: Work): Format | undefined {
  if (alike(decoded, format)) return format;
  const ends = [base.format, format].map(({ lineSeparator }) => lineSeparator === "mixed");
  return ends[0] === ends[1] && alike(decoded, base.format) ? base.format : undefined;
}

/** Whether the text of the one can become that of the other by itself. */
export function alike(decoded: Decoded, format: Format): boolean {
  if (!decoded.editable || decoded.encoding !== format.encoding || decoded.bom !== format.bom) return false;
  return decoded.lineSeparator === format.lineSeparator || (format.lineSeparator !== "mixed" && !/[\r\n]/.test(decoded.text));
}

/** Puts their changes into the text in hand, marked where there are other changes in it. */
export function takeIn(work: Work, { theirs, changes }: Extract<Meeting, { kind: "merged" }>, version: Replaces): void {
  const mixed = work.base.text !== undefined && !work.pane.text.eq(work.base.text);
  if (mixed && !marking.has(work)) {
    marking.add(work);
    work.stood.on(() => clearMarks(work.pane));
  }
  const change = (): void => {
    if (mixed) work.pane.extend("merged", marks);
    if (changes.length > 0) work.pane.take(changes as Change[], mixed ? [mark.of(null)] : []);
  };
  work.rebase(theirs.text, version, change, theirs.format);
}

/** Those whose marks go when what is marked was saved. */
const marking = new WeakSet<Work>();

/** The text becomes that of the file, where it is only to be read. */
export function follow(pane: Pane, text: string): void {
  const now = pane.text.toString();
  const { changes } = mergeTexts(now, now, pane.textOf(text).toString());
  if (changes.length > 0) pane.take(changes as Change[]);
}

/** The reader's own decision: undo takes it back. */
export function decide(work: Work, text: string, theirs: Theirs, version: Replaces): void {
  const now = work.pane.text.toString();
  const { changes } = mergeTexts(now, now, text);
  const change = (): void => {
    if (changes.length > 0) work.pane.view.dispatch({ changes: changes as Change[], userEvent: "merge.decide" });
  };
  work.rebase(theirs.text, version, change, theirs.format);
}

const mark = StateEffect.define<null>();
const clear = StateEffect.define<null>();

interface Marked {
  readonly lines: DecorationSet;
  /** What takes all of it out again. */
  readonly inverse: ChangeSet | undefined;
}

const NOTHING: Marked = { lines: Decoration.none, inverse: undefined };
const LINE = Decoration.line({ class: "cm-elsewhere" });

const marks = StateField.define<Marked>({
  create: () => NOTHING,
  update(marked, { changes, docChanged, effects, startState, state }) {
    if (effects.some((effect) => effect.is(clear))) return NOTHING;
    if (!docChanged) return marked;
    const lines = marked.lines.map(changes);
    if (!effects.some((effect) => effect.is(mark))) return { lines, inverse: marked.inverse?.map(changes) };
    const inverse = changes.invert(startState.doc);
    return {
      lines: lines.update({ add: linesOf(changes, state.doc), sort: true }),
      inverse: marked.inverse === undefined ? inverse : inverse.compose(marked.inverse),
    };
  },
  provide: (field) => EditorView.decorations.from(field, ({ lines }) => lines),
});

function linesOf(changes: ChangeSet, text: Text) {
  const starts = new Set<number>();
  changes.iterChangedRanges((_from, _to, from, to) => {
    for (let at = from; at <= to && starts.size < MARKED_MOST; ) {
      const line = text.lineAt(at);
      starts.add(line.from);
      at = line.to + 1;
    }
  });
  return [...starts].sort((a, b) => a - b).map((from) => LINE.range(from));
}

/** How many places are marked. */
export function countMarked({ view }: Pane): number {
  const inverse = view.state.field(marks, false)?.inverse;
  let count = 0;
  inverse?.iterChangedRanges(() => (count += 1));
  return count;
}

/** Brings the next marked place below what is in sight into sight, or the first. The caret stays. */
export function showMarked({ view }: Pane): void {
  const places: number[] = [];
  view.state.field(marks, false)?.lines.between(0, view.state.doc.length, (from) => void places.push(from));
  const middle = view.lineBlockAtHeight(view.scrollDOM.getBoundingClientRect().top - view.documentTop + view.scrollDOM.clientHeight / 2);
  const next = places.find((from) => from > middle.to) ?? places[0];
  if (next !== undefined) view.dispatch({ effects: EditorView.scrollIntoView(next, { y: "center" }) });
}

/** Takes out again what is marked. Undo puts it back in. */
export function takeOut({ view }: Pane): void {
  const inverse = view.state.field(marks, false)?.inverse;
  if (inverse !== undefined) view.dispatch({ changes: inverse, effects: clear.of(null), userEvent: "merge.out" });
}

export function clearMarks({ view }: Pane): void {
  if (view.state.field(marks, false)?.inverse !== undefined) view.dispatch({ effects: clear.of(null) });
}
