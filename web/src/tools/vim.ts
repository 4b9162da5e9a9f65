// Vim's keys, as a chunk of its own: fetched where somebody likes them.
// It must never save by another way than the command does.

import { Prec, type Extension } from "@codemirror/state";
import { Vim, vim } from "@replit/codemirror-vim";

import type { Editor } from "../feature.ts";
import { showNotice, hideNotice } from "../notice.ts";
import { words } from "../words/words.ts";

export function keymap(editor: Editor): Extension {
  const save = (): void => editor.commands.run("save");
  // A page cannot close a window that a person opened.
  const quit = (): void => showNotice("calm", editor.opened?.work?.unsaved ? words.tools.quitUnsaved : words.tools.quit, [{ label: words.tools.close, run: hideNotice }]);
  Vim.defineEx("write", "w", save);
  Vim.defineEx("quit", "q", quit);
  Vim.defineEx("wq", "wq", () => (save(), quit()));
  Vim.defineEx("xit", "x", () => (save(), quit()));
  return Prec.highest(vim({ status: true }));
}
