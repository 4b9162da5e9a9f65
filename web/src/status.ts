// Where the text stands, in words: beside the name, in the window's title, and read out to who cannot see it.
// It must never say "Saved" of text that the server has not acknowledged.

import { element } from "./page.ts";
import { words, type Words } from "./words/words.ts";

export type State = keyof Words["state"];

const word = element("state", HTMLElement);
/** As the page came: the file's name, and the project's where the server knows it. */
const named = document.title;
let shown: State = "loading";

export function showState(state: State): void {
  const pending = state === "unsaved" || state === "saving" || state === "failed";
  const title = pending ? `● ${named}` : named;
  if (document.title !== title) document.title = title;
  if (state === shown) return;
  shown = state;
  word.textContent = words.state[state];
  word.dataset["state"] = state;
}

/** The line below the text: what kind of text it is. */
export function showFacts(language: string): void {
  element("facts", HTMLElement).textContent = language;
}

/** Told again so long after it was told: for each time the page is laid out once more in the midst of a key. */
const PLACE_MS = 150;
const place = element("place", HTMLElement);
let wanted: readonly [line: number, column: number] | undefined;
let resting = false;

/** At once, and while the caret goes on, a few times a second: the last place is always told. */
export function showPlace(line: number, column: number): void {
  wanted = [line, column];
  if (!resting) tellPlace();
}

function tellPlace(): void {
  resting = wanted !== undefined;
  if (wanted === undefined) return;
  place.textContent = words.text.place(...wanted);
  wanted = undefined;
  setTimeout(tellPlace, PLACE_MS);
}
