// How many others have the file open, beside where the text stands.
// It must never say who, nor flash up for a page that was only loaded again.

import { element } from "../page.ts";
import { words } from "../words/words.ts";

/** A page that is loaded again counts twice for a moment. */
const STAYS_MS = 2_000;

let waiting: ReturnType<typeof setTimeout> | undefined;

export function showPresence(others: number): void {
  clearTimeout(waiting);
  const shown = element("others", HTMLElement);
  const show = (): void => {
    shown.textContent = others === 0 ? "" : words.merge.others(others);
    shown.hidden = others === 0;
  };
  if (others === 0) show();
  else waiting = setTimeout(show, STAYS_MS);
}
