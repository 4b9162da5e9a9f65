// The commands that CodeMirror does: their keys, and where they make sense. What does them is fetched with CodeMirror.
// It must never bind a key that types something.

import type { Command } from "../commands.ts";
import type { Editor } from "../feature.ts";
import { words } from "../words/words.ts";
import type { IN_TEXT } from "./in-text.ts";
import { withPart } from "./part.ts";

interface Known {
  readonly group: "edit" | "view";
  /** Also where the text may only be read. */
  readonly reads?: boolean;
  /** Bound for the whole page too: the browser's own search sees only what is on the screen. */
  readonly everywhere?: boolean;
  readonly keys?: readonly string[];
}

const KNOWN: Record<keyof typeof IN_TEXT, Known> = {
  undo: { group: "edit", keys: ["$mod+z"] },
  redo: { group: "edit", keys: ["$mod+y"] },
  find: { group: "edit", reads: true, everywhere: true, keys: ["$mod+f"] },
  findNext: { group: "edit", reads: true, everywhere: true, keys: ["F3"] },
  findPrevious: { group: "edit", reads: true, everywhere: true, keys: ["Shift+F3"] },
  gotoLine: { group: "edit", reads: true, everywhere: true, keys: ["$mod+Alt+g"] },
  selectAll: { group: "edit", reads: true, keys: ["$mod+a"] },
  selectNext: { group: "edit", reads: true, keys: ["$mod+d"] },
  selectMatches: { group: "edit", reads: true, keys: ["$mod+Shift+l"] },
  cursorAbove: { group: "edit", keys: ["$mod+Alt+ArrowUp"] },
  cursorBelow: { group: "edit", keys: ["$mod+Alt+ArrowDown"] },
  matchingBracket: { group: "edit", reads: true, keys: ["$mod+Shift+\\"] },
  comment: { group: "edit", keys: ["$mod+/"] },
  indent: { group: "edit", keys: ["$mod+]"] },
  outdent: { group: "edit", keys: ["$mod+["] },
  lineUp: { group: "edit", keys: ["Alt+ArrowUp"] },
  lineDown: { group: "edit", keys: ["Alt+ArrowDown"] },
  copyLine: { group: "edit", keys: ["Shift+Alt+ArrowDown"] },
  deleteLine: { group: "edit", keys: ["$mod+Shift+k"] },
  fold: { group: "view", reads: true, keys: ["Control+Shift+["] },
  unfold: { group: "view", reads: true, keys: ["Control+Shift+]"] },
  foldAll: { group: "view", reads: true, keys: ["Control+Alt+["] },
  unfoldAll: { group: "view", reads: true, keys: ["Control+Alt+]"] },
};

export function textCommands(editor: Editor): Command[] {
  return (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).map((id) => {
    const { group, reads, everywhere, keys = [] } = KNOWN[id];
    return {
      id,
      group,
      get name() {
        return words.commands[id];
      },
      ...(everywhere ? { keys } : { shownKeys: keys }),
      available: () => editor.opened !== undefined && (reads === true || !editor.opened.pane.view.state.readOnly),
      run: () => void run(editor, id),
    };
  });
}

async function run(editor: Editor, id: keyof typeof IN_TEXT): Promise<void> {
  const view = editor.opened?.pane.view;
  if (view === undefined) return;
  await withPart(import("./in-text.ts"), ({ inText }) => inText(view, id));
}
