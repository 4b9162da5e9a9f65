// Which language a file name means; each is fetched only when a file asks for it.
// It must never look at the text, and a failed fetch must never stand in the way of editing.

import { LanguageDescription, type LanguageSupport } from "@codemirror/language";

export const LANGUAGES: readonly LanguageDescription[] = [
  LanguageDescription.of({
    name: "Markdown",
    alias: ["md"],
    extensions: ["md", "markdown", "mkd", "mdown", "mdx"],
    load: async () => (await import("./languages/markdown.ts")).support(LANGUAGES),
  }),
  LanguageDescription.of({
    name: "HTML",
    alias: ["htm", "xhtml"],
    extensions: ["html", "htm", "xhtml", "vue", "svelte"],
    load: async () => (await import("./languages/html.ts")).support(),
  }),
  LanguageDescription.of({
    name: "CSS",
    extensions: ["css", "scss", "less"],
    load: async () => (await import("./languages/css.ts")).support(),
  }),
  script("JavaScript", ["js", "mjs", "cjs"], ["js", "node", "mjs"], {}),
  script("JSX", ["jsx"], [], { jsx: true }),
  script("TypeScript", ["ts", "mts", "cts"], ["ts"], { typescript: true }),
  script("TSX", ["tsx"], [], { jsx: true, typescript: true }),
  LanguageDescription.of({
    name: "JSON",
    alias: ["json5", "jsonc"],
    extensions: ["json", "jsonc", "json5", "geojson", "map", "webmanifest", "ipynb"],
    load: async () => (await import("./languages/json.ts")).support(),
  }),
  LanguageDescription.of({
    name: "YAML",
    alias: ["yml"],
    extensions: ["yaml", "yml"],
    load: async () => (await import("./languages/yaml.ts")).support(),
  }),
  LanguageDescription.of({
    name: "XML",
    alias: ["svg"],
    extensions: ["xml", "svg", "xsl", "xslt", "xsd", "rss", "atom", "plist"],
    load: async () => (await import("./languages/xml.ts")).support(),
  }),
  LanguageDescription.of({
    name: "LaTeX",
    alias: ["tex", "stex"],
    extensions: ["tex", "latex", "sty", "cls", "ltx", "bbl"],
    load: async () => (await import("./languages/latex.ts")).support(),
  }),
  LanguageDescription.of({
    name: "Python",
    alias: ["py"],
    extensions: ["py", "pyw", "pyi"],
    load: async () => (await import("./languages/python.ts")).support(),
  }),
  LanguageDescription.of({
    name: "PHP",
    extensions: ["php", "phtml", "inc"],
    load: async () => (await import("./languages/php.ts")).support(),
  }),
  LanguageDescription.of({
    name: "Rust",
    alias: ["rs"],
    extensions: ["rs"],
    load: async () => (await import("./languages/rust.ts")).support(),
  }),
  LanguageDescription.of({
    name: "TOML",
    extensions: ["toml"],
    filename: /^(Cargo|poetry|uv)\.lock$/,
    load: async () => (await import("./languages/toml.ts")).support(),
  }),
  LanguageDescription.of({
    name: "Shell",
    alias: ["bash", "sh", "zsh", "console"],
    extensions: ["sh", "bash", "zsh", "ksh"],
    filename: /^(\.?(bashrc|bash_profile|profile|zshrc)|PKGBUILD)$/,
    load: async () => (await import("./languages/shell.ts")).support(),
  }),
];

export function languageOf(name: string): LanguageDescription | undefined {
  // Names in capitals (README.MD) mean the same languages.
  return LanguageDescription.matchFilename(LANGUAGES, name) ?? LanguageDescription.matchFilename(LANGUAGES, name.toLowerCase()) ?? undefined;
}

/** The language, or nothing when it could not be fetched: plain text is better than no text. */
export async function loadLanguage(language: LanguageDescription): Promise<LanguageSupport | undefined> {
  try {
    return await language.load();
  } catch {
    return undefined;
  }
}

function script(name: string, extensions: string[], alias: string[], dialect: { jsx?: boolean; typescript?: boolean }) {
  return LanguageDescription.of({
    name,
    alias,
    extensions,
    load: async () => (await import("./languages/javascript.ts")).support(dialect),
  });
}
