// Before a save the text is made as .editorconfig wants it: nothing but blanks at no line's end, an end for the last line.
// It must never take away a blank that somebody is writing behind: a save that nobody asked for leaves the caret's line.

import type { ChangeSpec, Text } from "@codemirror/state";

import type { Editor } from "../feature.ts";
import type { Style } from "../page.ts";

export function tidy(editor: Editor): void {
  const { style } = editor.page;
  if (style.trimTrailingWhitespace !== true && style.insertFinalNewline === undefined) return;
  let asked = false;
  editor.commands.chosen.on((id) => {
    asked = id === "save";
    queueMicrotask(() => (asked = false));
  });
  editor.shown.on(({ work, pane }) =>
    work?.saving.on(() => {
      const carets = asked ? [] : pane.view.state.selection.ranges.map((range) => range.head);
      const changes = untidy(pane.text, style, carets);
      if (changes.length > 0) pane.view.dispatch({ changes, userEvent: "input.tidy" });
    }),
  );
}

/** What is to be changed; the lines where `carets` stand keep their blanks. */
export function untidy(text: Text, style: Style, carets: readonly number[]): ChangeSpec[] {
  const changes: { from: number; to: number; insert?: string }[] = [];
  const trims = style.trimTrailingWhitespace === true;
  let from = 0;
  for (const line of trims ? text.iterLines() : []) {
    const to = from + line.length;
    const blanks = from + blanksOf(line);
    // A carriage return is part of the line's end where the ends are mixed.
    const end = line.endsWith("\r") ? to - 1 : to;
    if (blanks < end && !carets.some((caret) => caret >= from && caret <= to)) changes.push({ from: blanks, to: end });
    from = to + 1;
  }
  const last = text.line(text.lines).text;
  const ended = (trims ? blanksOf(last) : last.length) === 0;
  if (style.insertFinalNewline === true && !ended) changes.push({ from: text.length, to: text.length, insert: "\n" });
  if (style.insertFinalNewline === false && last === "" && !carets.includes(text.length)) {
    let lines = text.lines;
    while (lines > 1 && text.line(lines).length === 0) lines -= 1;
    if (lines < text.lines) changes.push({ from: text.line(lines).to, to: text.length });
  }
  return changes;
}

/** Where the blanks at the line's end begin. */
function blanksOf(line: string): number {
  let at = line.endsWith("\r") ? line.length - 1 : line.length;
  while (at > 0 && (line[at - 1] === " " || line[at - 1] === "\t")) at -= 1;
  return at;
}
