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

export function showPlace(line: number, column: number): void {
  element("place", HTMLElement).textContent = words.text.place(line, column);
}
