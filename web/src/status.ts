// Where the text stands, in words: beside the name, in the window's title, and read out to who cannot see it.
// It must never say "Saved" of text that the server has not acknowledged.

import { element } from "./page.ts";

export type State = "loading" | "unreadable" | "view" | "new" | "saved" | "unsaved" | "saving" | "failed" | "ended";

const WORDS: Record<State, string> = {
  loading: "Loading…",
  unreadable: "Not loaded",
  view: "View only",
  new: "New file, not saved yet",
  saved: "Saved",
  unsaved: "Unsaved changes",
  saving: "Saving…",
  failed: "Not saved",
  ended: "Link ended",
};

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
  word.textContent = WORDS[state];
  word.dataset["state"] = state;
}

/** The line below the text: what kind of text it is. */
export function showFacts(facts: readonly string[]): void {
  element("facts", HTMLElement).textContent = facts.join(" · ");
}

export function showPlace(line: number, column: number): void {
  element("place", HTMLElement).textContent = `Line ${line}, column ${column}`;
}
