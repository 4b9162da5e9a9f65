// Shell, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { LanguageSupport, StreamLanguage } from "@codemirror/language";
import { shell } from "@codemirror/legacy-modes/mode/shell";

export function support(): LanguageSupport {
  return new LanguageSupport(StreamLanguage.define(shell));
}
