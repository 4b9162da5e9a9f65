// TOML, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { LanguageSupport, StreamLanguage } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";

export function support(): LanguageSupport {
  return new LanguageSupport(StreamLanguage.define(toml));
}
