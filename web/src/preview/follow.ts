// Where the text stands on the screen, so that the preview can stand there too.
// It must never scroll the text.

import type { EditorView } from "@codemirror/view";

import type { Pane } from "../text/pane.ts";

/** Near enough to an end, in pixels. */
const CLOSE = 4;

/** Tells that the text was scrolled, at most once a frame. */
export function followText(pane: Pane, moved: () => void): void {
  let due = false;
  pane.view.scrollDOM.addEventListener(
    "scroll",
    () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        moved();
      });
    },
    { passive: true },
  );
}

/** The line at the top of what is seen, counted from 0, with the part of it that is above; or that the text is at its end. */
export function topLine(view: EditorView): number | "end" {
  const { scrollTop, clientHeight, scrollHeight } = view.scrollDOM;
  if (scrollTop < CLOSE) return 0;
  if (scrollTop + clientHeight > scrollHeight - CLOSE) return "end";
  const height = view.scrollDOM.getBoundingClientRect().top - view.documentTop;
  const block = view.lineBlockAtHeight(Math.max(height, 0));
  const part = block.height > 0 ? (height - block.top) / block.height : 0;
  return view.state.doc.lineAt(block.from).number - 1 + Math.min(Math.max(part, 0), 1);
}
