// The languages that there is a file of beside English, and which of them a reader gets. Each is a chunk of its own.
// It must never hold a text.

import type { Words } from "./words.ts";

/** By the language alone ("de"), or with a script or a country where that makes another text of it ("zh-TW"). */
export const LANGUAGES: Readonly<Record<string, () => Promise<Words>>> = {
  de: async () => (await import("./de.ts")).de,
};

export interface Chosen {
  /** As the reader has it, for numbers and times: "de-AT". */
  readonly tag: string;
  /** Its name in the list above; "en" is always there. */
  readonly name: string;
}

/** The first of the reader's languages that there are texts in; else English. */
export function choose(wanted: readonly string[], there: readonly string[] = Object.keys(LANGUAGES)): Chosen {
  const known = ["en", ...there];
  for (const tag of wanted) {
    for (const shorter of ancestors(tag)) {
      const name = known.find((one) => one.toLowerCase() === shorter.toLowerCase());
      if (name !== undefined) return { tag, name };
    }
  }
  return { tag: "en", name: "en" };
}

/** "zh-Hant-TW", "zh-Hant", "zh". */
function ancestors(tag: string): string[] {
  const parts = tag.split("-");
  return parts.map((_, at) => parts.slice(0, parts.length - at).join("-"));
}
