// What CodeMirror can do with the text, by the ids of our commands.
// It must never be imported but by a call: it comes with CodeMirror.

import * as edit from "@codemirror/commands";
import * as language from "@codemirror/language";
import * as search from "@codemirror/search";
import type { EditorView } from "@codemirror/view";

type Act = (view: EditorView) => boolean;

export const IN_TEXT = {
  undo: edit.undo,
  redo: edit.redo,
  find: search.openSearchPanel,
  findNext: search.findNext,
  findPrevious: search.findPrevious,
  gotoLine: search.gotoLine,
  selectAll: edit.selectAll,
  selectNext: search.selectNextOccurrence,
  selectMatches: search.selectSelectionMatches,
  cursorAbove: edit.addCursorAbove,
  cursorBelow: edit.addCursorBelow,
  matchingBracket: edit.cursorMatchingBracket,
  comment: edit.toggleComment,
  indent: edit.indentMore,
  outdent: edit.indentLess,
  lineUp: edit.moveLineUp,
  lineDown: edit.moveLineDown,
  copyLine: edit.copyLineDown,
  deleteLine: edit.deleteLine,
  fold: language.foldCode,
  unfold: language.unfoldCode,
  foldAll: language.foldAll,
  unfoldAll: language.unfoldAll,
} satisfies Record<string, Act>;

/** These have a field of their own to type into. */
const FOCUS_ELSEWHERE: readonly (keyof typeof IN_TEXT)[] = ["find", "gotoLine"];

export function inText(view: EditorView, id: keyof typeof IN_TEXT): void {
  if (!FOCUS_ELSEWHERE.includes(id)) view.focus();
  IN_TEXT[id](view);
}
