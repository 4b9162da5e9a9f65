// The texts of the pages in the reader's language, as far as there is a file of it; else in English.
// It must never hold a text itself, nor make anybody wait for a language.

import { en } from "./en.ts";

/** What a language file holds. */
export type Words = typeof en;

/** Why something was refused, and whether the same thing may well succeed when tried again. */
export interface Advice {
  readonly text: string;
  readonly again: boolean;
}

/** Read a text where it is shown, not before: the language may still be on its way. */
export const words: Words = { ...en };
