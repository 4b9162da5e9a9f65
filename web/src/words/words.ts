// The texts of the pages in the reader's language, as far as there is a file of it; else in English.
// It must never hold a text itself, nor keep anybody waiting for a language that does not come.

import { en } from "./en.ts";
import { choose, LANGUAGES } from "./languages.ts";
import { sayIn } from "./say.ts";
import { wordAt } from "./template.ts";

/** What a language file holds: the same names as the English one, each with a text or a function of the same arguments. */
export type Words = Shape<typeof en>;

type Shape<T> = T extends (...given: infer G) => infer R ? (...given: G) => R extends string ? string : R : T extends object ? { readonly [N in keyof T]: Shape<T[N]> } : T;

/** Why something was refused, and whether the same thing may well succeed when tried again. */
export interface Advice {
  readonly text: string;
  readonly again: boolean;
}

/** What a link that was made allows. */
export interface Allowed {
  readonly name: string;
  readonly rights: "view" | "edit";
  readonly expires: Date | undefined;
  readonly idleDays: number | undefined;
  readonly uses: number | undefined;
  readonly passphrase: boolean;
}

/** Longest wait for a language; then the page is in English. */
const PATIENCE_MS = 3_000;

/** Read a text where it is shown, not when a module is loaded: the language may still be on its way then. */
export const words: Words = { ...en };

/** Speaks the first of these languages that there is a file of. What goes on meanwhile goes on. */
export async function speak(wanted: readonly string[] = navigator.languages): Promise<void> {
  const { tag, name } = choose(wanted);
  const load = LANGUAGES[name];
  if (load === undefined) return sayIn(tag);
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  const found = await Promise.race([load().catch(() => undefined), late]);
  if (found === undefined) return;
  sayIn(tag);
  Object.assign(words, found);
  document.documentElement.lang = name;
  document.documentElement.dir = words.language.direction;
  translateTemplate();
}

/** The texts that came with the page, in English as the template has them. */
function translateTemplate(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-word]")) element.textContent = wordAt(words, element.dataset["word"]);
  for (const element of document.querySelectorAll<HTMLElement>("[data-word-title]")) element.title = wordAt(words, element.dataset["wordTitle"]);
  for (const element of document.querySelectorAll<HTMLElement>("[data-word-label]")) {
    element.setAttribute("aria-label", wordAt(words, element.dataset["wordLabel"]));
  }
}
