// Back to what the server holds, as far as it told us: asked first, and undone by undo.
// It must never touch the file.

import type { Editor } from "../feature.ts";
import { hideNotice } from "../notice.ts";
import { words } from "../words/words.ts";
import { confirmed } from "./dialog.ts";

export async function revert(editor: Editor): Promise<void> {
  const { opened } = editor;
  const work = opened?.work;
  if (opened === undefined || work === undefined) return;
  if (!(await confirmed(words.commands.revert, words.tools.revertSure, words.tools.revert, words.tools.cancel))) return;
  const { clearMarks } = await import("../merge/take.ts");
  if (editor.opened !== opened || work.stopped) return;
  const { text, format, version } = work.base;
  // What the server holds was never in hand here.
  if (text === undefined && version.kind === "revision") return editor.reopen();
  hideNotice();
  // What was merged in is part of what the server holds: it is not to be taken out of that.
  clearMarks(opened.pane);
  opened.pane.show({ text: text?.toString() ?? "", lineSeparator: format.lineSeparator, writable: true });
  work.convert(format);
}
