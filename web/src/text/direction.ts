// Lines of Hebrew, Arabic and the like run as their own first letter says; all others stay as they are, and cost nothing.
// It must never change the text.

import type { Extension } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

/** Letters of the scripts that run from right to left, and the marks that turn a line. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\u200F\u202B\u202E\u2067\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
const OWN_DIRECTION = Decoration.line({ attributes: { dir: "auto" } });

export function ownDirections(): Extension {
  return [EditorView.perLineTextDirection.of(true), ViewPlugin.fromClass(Directions, { decorations: (plugin) => plugin.lines })];
}

export function hasRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

class Directions {
  lines: DecorationSet;

  constructor(view: EditorView) {
    this.lines = linesOf(view);
  }

  update(update: ViewUpdate): void {
    if (update.docChanged || update.viewportChanged) this.lines = linesOf(update.view);
  }
}

/** The lines in sight with such a letter. */
function linesOf({ state, visibleRanges }: EditorView): DecorationSet {
  const found = [];
  let last = -1;
  for (const { from, to } of visibleRanges) {
    if (!hasRightToLeft(state.sliceDoc(from, to))) continue;
    for (let at = from; at <= to; ) {
      const line = state.doc.lineAt(at);
      if (line.from > last && hasRightToLeft(line.text)) found.push(OWN_DIRECTION.range(line.from));
      last = line.from;
      at = line.to + 1;
    }
  }
  return Decoration.set(found);
}
