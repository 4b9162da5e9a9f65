// The lines that the address names ("#L12-L20") are gone to and selected, and put there when somebody asks for it.
// It must never change anything else of the address: the key is in it.

import { hideNotice, showNotice } from "../notice.ts";
import type { Editor } from "../feature.ts";
import { words } from "../words/words.ts";
import { hashOf, type Lines, linesOf } from "./place.ts";

export function lines(editor: Editor): void {
  let gone = false;
  editor.shown.on(() => {
    if (!gone) goTo(editor, linesOf(location.hash));
    gone = true;
  });
  addEventListener("hashchange", () => goTo(editor, linesOf(location.hash)));
}

async function goTo(editor: Editor, wanted: Lines | undefined): Promise<void> {
  const view = editor.opened?.pane.view;
  if (wanted === undefined || view === undefined) return;
  const { EditorView } = await import("../text/parts.ts");
  const { doc } = view.state;
  const first = doc.line(Math.min(wanted.first, doc.lines));
  const last = doc.line(Math.min(wanted.last, doc.lines));
  // One line: the caret at its beginning, to write there; several: all of them.
  const head = wanted.first === wanted.last ? first.from : last.to;
  view.dispatch({ selection: { anchor: first.from, head }, effects: EditorView.scrollIntoView(first.from, { y: "center" }) });
}

export function linkToLines({ opened }: Editor): void {
  if (opened === undefined) return;
  const { doc, selection } = opened.pane.view.state;
  const { from, to } = selection.main;
  const hash = hashOf({ first: doc.lineAt(from).number, last: doc.lineAt(to).number });
  history.replaceState(history.state, "", hash);
  showNotice("calm", words.tools.lineInAddress(hash), [{ label: words.tools.close, run: hideNotice }]);
}
