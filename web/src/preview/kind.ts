// What a file can be shown as, by its name, and a picture by its first bytes too.
// It must never call anything a picture that a browser could take for a page.

export type Kind = "markdown" | "html" | "table" | "picture" | "drawing";

const BY_ENDING: Readonly<Record<string, Kind>> = {
  md: "markdown", markdown: "markdown", mkd: "markdown", mdown: "markdown",
  html: "html", htm: "html", xhtml: "html",
  csv: "table", tsv: "table", tab: "table",
  png: "picture", jpg: "picture", jpeg: "picture", gif: "picture", webp: "picture", avif: "picture",
  svg: "drawing",
};

export function kindOf(name: string): Kind | undefined {
  const ending = /\.([a-z0-9]+)$/.exec(name.toLowerCase())?.[1];
  return ending !== undefined && Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined;
}

/** The type of a picture whose bytes begin so; nothing for what is none that browsers show. */
export function pictureType(bytes: Uint8Array): string | undefined {
  const begins = (text: string, at = 0): boolean => [...text].every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
  if (begins("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins("\xff\xd8\xff")) return "image/jpeg";
  if (begins("GIF87a") || begins("GIF89a")) return "image/gif";
  if (begins("RIFF") && begins("WEBP", 8)) return "image/webp";
  if (begins("ftypavif", 4) || begins("ftypavis", 4)) return "image/avif";
  return undefined;
}
