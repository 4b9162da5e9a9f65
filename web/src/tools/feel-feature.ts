// What the reader likes takes hold of the text, when it is shown and whenever an option changes.
// It must never touch the text's own characters.

import type { Editor } from "../feature.ts";
import type { Option } from "../options.ts";

const FELT: readonly Option[] = ["wrap", "spelling", "tabSize", "keymap", "fontSize"];

export function feel(editor: Editor): void {
  resize(editor);
  editor.shown.on(() => void apply(editor));
  editor.options.changed.on((option) => {
    if (option === "fontSize") resize(editor);
    if (FELT.includes(option)) void apply(editor);
  });
}

function resize({ options }: Editor): void {
  const { style } = document.documentElement;
  const size = options.get("fontSize");
  if (size === "default") style.removeProperty("--code-size");
  else style.setProperty("--code-size", `${size}px`);
}

async function apply(editor: Editor): Promise<void> {
  const { opened, options } = editor;
  if (opened === undefined) return;
  const { pane } = opened;
  const { feelOf } = await import("../text/parts.ts");
  pane.extend("feel", feelOf(pane.text, options, editor.page.style));
  pane.view.requestMeasure();
  const vim = options.get("keymap") === "vim";
  if (!vim && !pane.has("keymap")) return;
  try {
    pane.extend("keymap", vim ? (await import("./vim.ts")).keymap(editor) : []);
  } catch {
    // It could not be fetched: the plain keys work on.
  }
}
