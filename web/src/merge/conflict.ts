// The dialog for a file that someone else changed meanwhile: what to do is the reader's choice.
// It must never decide by itself, and closing it must never lose either text.

import { element } from "../page.ts";
import { words } from "../words/words.ts";

export type Choice = "mine" | "theirs" | "later";

export interface Conflict {
  /** The text of the other version; undefined where the file was deleted. */
  readonly theirs: string | undefined;
  readonly mine: string;
  readonly nonce: string;
  download(): void;
}

const dialog = element("conflict", HTMLDialogElement);
const explanation = element("conflict-text", HTMLElement);
const difference = element("difference", HTMLElement);
const see = element("see", HTMLButtonElement);
const keep = element("keep", HTMLButtonElement);
const take = element("take", HTMLButtonElement);
const copy = element("copy", HTMLButtonElement);
const later = element("later", HTMLButtonElement);

export function askAboutConflict(conflict: Conflict): Promise<Choice> {
  const deleted = conflict.theirs === undefined;
  explanation.textContent = deleted ? words.merge.deleted : words.merge.changed;
  keep.textContent = deleted ? words.merge.makeAgain : words.merge.keepMine;
  see.hidden = take.hidden = deleted;
  see.disabled = false;
  hideDifference();
  return new Promise((decide) => {
    let choice: Choice = "later";
    const choose = (chosen: Choice) => () => {
      choice = chosen;
      dialog.close();
    };
    see.onclick = () => void seeDifference(conflict);
    keep.onclick = choose("mine");
    take.onclick = choose("theirs");
    later.onclick = choose("later");
    copy.onclick = () => conflict.download();
    // Escape closes too: then nothing is decided.
    dialog.onclose = () => {
      hideDifference();
      decide(choice);
    };
    dialog.showModal();
    (deleted ? keep : see).focus();
  });
}

/** Nothing can be decided any more. */
export function endConflict(): void {
  if (dialog.open) dialog.close();
}

async function seeDifference(conflict: Conflict): Promise<void> {
  see.disabled = true;
  try {
    const { showDifference } = await import("./difference.ts");
    if (!dialog.open) return;
    // Pressed once and done; the focus goes on to the choice that it was for.
    see.hidden = true;
    dialog.classList.add("wide");
    difference.hidden = false;
    showDifference(element("difference-panes", HTMLElement), conflict.theirs ?? "", conflict.mine, conflict.nonce);
    keep.focus();
  } catch {
    see.disabled = false;
    explanation.textContent = words.merge.notFetched;
  }
}

function hideDifference(): void {
  dialog.classList.remove("wide");
  difference.hidden = true;
  element("difference-panes", HTMLElement).replaceChildren();
}
