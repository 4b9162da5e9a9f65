// Two versions of the text beside each other (or one in the other, where there is no room), to look at only.
// It must never change either of them. A chunk of its own, fetched when someone asks to see.

import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";

import { ownDirections } from "../text/direction.ts";
import { brightness, look } from "../text/look.ts";
import { words } from "../words/words.ts";

/** Below this width two columns are too narrow to read. */
const TWO_COLUMNS = "(min-width: 50rem)";
/** How long the comparison may take before it becomes coarse. */
const DIFF = { scanLimit: 1_000, timeout: 2_000 };
const COLLAPSE = { margin: 3, minSize: 6 };

export function showDifference(parent: HTMLElement, theirs: string, mine: string, nonce: string): void {
  if (matchMedia(TWO_COLUMNS).matches) {
    parent.dataset["columns"] = "two";
    new MergeView({
      parent,
      a: { doc: theirs, extensions: pane(words.merge.theirs, nonce) },
      b: { doc: mine, extensions: pane(words.merge.mine, nonce) },
      collapseUnchanged: COLLAPSE,
      diffConfig: DIFF,
    });
    return;
  }
  parent.dataset["columns"] = "one";
  const merged = unifiedMergeView({ original: theirs, mergeControls: false, collapseUnchanged: COLLAPSE, diffConfig: DIFF });
  new EditorView({ parent, doc: mine, extensions: [pane(words.merge.both, nonce), merged] });
}

function pane(label: string, nonce: string): Extension {
  return [
    EditorState.phrases.of(words.phrases),
    ownDirections(),
    look(nonce),
    EditorView.lineWrapping,
    brightness(),
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "aria-readonly": "true" }),
  ];
}
