// The dialog for a file that someone else changed meanwhile: what to do is the reader's choice.
// It must never decide by itself, and closing it must never lose either text.

import { element } from "../page.ts";
import { words } from "../words/words.ts";
import type { Sides } from "./take.ts";

export type Choice = "mine" | "theirs" | "later" | { readonly text: string };

export interface Conflict {
  /** What became of the file, behind its name. */
  readonly what: string;
  readonly explanation: string;
  /** What the choice of the one side is called, and of the other where there is one. */
  readonly keep: string;
  readonly take: string | undefined;
  /** What can be compared, place by place. */
  readonly sides: Sides | undefined;
  readonly nonce: string;
  download(): void;
}

const dialog = element("conflict", HTMLDialogElement);
const what = element("conflict-what", HTMLElement);
const explanation = element("conflict-text", HTMLElement);
const difference = element("difference", HTMLElement);
const panes = element("difference-panes", HTMLElement);
const left = element("places-left", HTMLElement);
const save = element("save-decided", HTMLButtonElement);
const keep = element("keep", HTMLButtonElement);
const take = element("take", HTMLButtonElement);
const copy = element("copy", HTMLButtonElement);
const later = element("later", HTMLButtonElement);

export function askAboutConflict(conflict: Conflict): Promise<Choice> {
  what.textContent = conflict.what;
  explanation.textContent = conflict.explanation;
  keep.textContent = conflict.keep;
  take.textContent = conflict.take ?? "";
  take.hidden = conflict.take === undefined;
  const compared = conflict.sides !== undefined;
  dialog.classList.toggle("wide", compared);
  difference.hidden = save.hidden = !compared;
  save.disabled = true;
  left.textContent = "";
  return new Promise((answer) => {
    let choice: Choice = "later";
    const choose = (chosen: () => Choice) => () => {
      choice = chosen();
      dialog.close();
    };
    keep.onclick = choose(() => "mine");
    take.onclick = choose(() => "theirs");
    later.onclick = choose(() => "later");
    copy.onclick = () => conflict.download();
    if (conflict.sides !== undefined) void compare(conflict.sides, conflict.nonce, (text) => (save.onclick = choose(() => ({ text: text() }))));
    // Escape closes too: then nothing is decided.
    dialog.onclose = () => {
      panes.replaceChildren();
      answer(choice);
    };
    dialog.showModal();
    keep.focus();
  });
}

/** Nothing can be decided any more. */
export function endConflict(): void {
  if (dialog.open) dialog.close();
}

async function compare(sides: Sides, nonce: string, begun: (text: () => string) => void): Promise<void> {
  try {
    const { showPlaces } = await import("./resolve.ts");
    if (!dialog.open) return;
    const text = showPlaces(panes, sides, nonce, (count) => {
      left.textContent = words.merge.places(count);
      save.disabled = count > 0;
      // Where the last place was decided, its button is gone: what is left to do is next to it.
      if (count === 0 && (document.activeElement === document.body || document.activeElement === null)) save.focus();
    });
    begun(text);
  } catch {
    difference.hidden = save.hidden = true;
    explanation.textContent = words.merge.notFetched;
  }
}
