// Paper gets the whole text: CodeMirror itself holds only what is on the screen.
// It must never stay in the page after the print.

import type { Editor } from "../feature.ts";

export function printWhole(editor: Editor): void {
  let printed: HTMLElement | undefined;
  addEventListener("beforeprint", () => {
    if (editor.opened === undefined) return;
    printed = document.createElement("pre");
    printed.className = "printed";
    printed.textContent = editor.opened.pane.text.toString();
    document.body.append(printed);
  });
  addEventListener("afterprint", () => {
    printed?.remove();
    printed = undefined;
  });
}
