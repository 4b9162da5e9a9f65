// Markdown, with the languages of its fenced blocks, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { markdown, markdownLanguage } from "@codemirror/lang-markdown";
import type { LanguageDescription, LanguageSupport } from "@codemirror/language";

export function support(codeLanguages: readonly LanguageDescription[]): LanguageSupport {
  return markdown({ base: markdownLanguage, codeLanguages });
}
