// The places where two versions disagree, one below the other, each to be decided or written anew: CodeMirror's merge view.
// It must never touch the text in hand, nor count a place as decided that nobody decided. Fetched when someone is asked.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Change, getChunks, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";

import { brightness, look } from "../text/look.ts";
import { words } from "../words/words.ts";
import { hunksOf } from "./lines.ts";
import type { Sides } from "./take.ts";

/** Longer texts are compared by lines alone, which takes a bounded time. */
const BY_CHARACTERS_UP_TO = 200_000;
/** How long the comparison may take before it becomes coarse. */
const DIFF = { scanLimit: 1_000, timeout: 1_000 };
const COLLAPSE = { margin: 3, minSize: 6 };

/** Shows them and tells how many are left to decide. Returns what reads the text as it was decided. */
export function showPlaces(parent: HTMLElement, { mine, theirs }: Sides, nonce: string, tell: (left: number) => void): () => string {
  const large = mine.length + theirs.length > BY_CHARACTERS_UP_TO;
  let told = -1;
  const left = (state: EditorState): void => {
    const count = getChunks(state)?.chunks.length ?? 0;
    if (count !== told) tell((told = count));
  };
  const view = new EditorView({
    parent,
    doc: mine,
    extensions: [
      look(nonce),
      brightness(),
      lineNumbers(),
      history(),
      keymap.of([...defaultKeymap, ...historyKeymap]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": words.merge.both }),
      EditorState.phrases.of(words.phrases),
      EditorView.perLineTextDirection.of(true),
      // The text in hand has no other line ends than \n.
      EditorState.lineSeparator.of("\n"),
      unifiedMergeView({
        original: theirs,
        mergeControls: button,
        syntaxHighlightDeletions: false,
        collapseUnchanged: COLLAPSE,
        diffConfig: large ? { override: byLines } : DIFF,
      }),
      EditorView.updateListener.of(({ state }) => left(state)),
    ],
  });
  left(view.state);
  return () => view.state.doc.toString();
}

function button(type: "reject" | "accept", act: (event: MouseEvent) => void): HTMLElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button quiet";
  made.textContent = type === "accept" ? words.merge.keepMine : words.merge.takeTheirs;
  made.addEventListener("click", act);
  return made;
}

function byLines(a: string, b: string): readonly Change[] {
  const clamp = (at: number, text: string): number => Math.min(at, text.length);
  return hunksOf(`${a}\n`, `${b}\n`).map(
    ({ from, to, newFrom, newTo }) => new Change(clamp(from, a), clamp(to, a), clamp(newFrom, b), clamp(newTo, b)),
  );
}
