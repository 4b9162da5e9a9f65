// Back to what the server holds, as far as it told us: asked first, and undone by undo.
// It must never touch the file.

import type { Editor } from "../feature.ts";
import { words } from "../words/words.ts";
import { confirmed } from "./dialog.ts";

export async function revert(editor: Editor): Promise<void> {
  const { opened } = editor;
  const work = opened?.work;
  if (opened === undefined || work === undefined) return;
  if (!(await confirmed(words.commands.revert, words.tools.revertSure, words.tools.revert, words.tools.cancel))) return;
  const { text, format } = work.base;
  opened.pane.show({ text: text?.toString() ?? "", lineSeparator: format.lineSeparator, writable: true });
  work.convert(format);
}
