// Bytes become text and text becomes bytes, so that what was not edited comes back exactly as it was.
// It must never guess: what does not survive the way there and back is shown read-only and never encoded.

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "binary";
/** "mixed": the carriage returns stay in the text as characters, and only \n ends a line. */
export type LineSeparator = "\n" | "\r\n" | "\r" | "mixed";

export interface Format {
  readonly encoding: Encoding;
  readonly bom: boolean;
  readonly lineSeparator: LineSeparator;
}

export interface Decoded extends Format {
  /** As in the file, its own line separators included, the byte order mark left out. */
  readonly text: string;
  /** False for "binary" alone: bytes that are no text to us. */
  readonly editable: boolean;
}

/** What a new file gets. */
export const PLAIN: Format = { encoding: "utf-8", bom: false, lineSeparator: "\n" };

export function decode(bytes: Uint8Array): Decoded {
  const mark = byteOrderMark(bytes);
  const text = strictly(mark.encoding, bytes.subarray(mark.lengthBytes));
  if (text === undefined) {
    return { text: asLatin(bytes), encoding: "binary", bom: false, lineSeparator: "mixed", editable: false };
  }
  const lineSeparator = separatorOf(text);
  return { text, encoding: mark.encoding, bom: mark.lengthBytes > 0, lineSeparator, editable: true };
}

/** The file's bytes. `text` has \n between its lines; for "mixed" it is taken as it stands. */
export function encode(text: string, format: Format): Uint8Array<ArrayBuffer> {
  const separated = separate(text, format.lineSeparator);
  switch (format.encoding) {
    case "utf-8":
      return new TextEncoder().encode(format.bom ? `\uFEFF${separated}` : separated);
    case "utf-16le":
      return encodeUtf16(separated, format.bom, true);
    case "utf-16be":
      return encodeUtf16(separated, format.bom, false);
    case "binary":
      throw new Error("bytes that are no text are never written back");
  }
}

interface Mark {
  readonly encoding: Exclude<Encoding, "binary">;
  readonly lengthBytes: number;
}

function byteOrderMark(bytes: Uint8Array): Mark {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: "utf-8", lengthBytes: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: "utf-16le", lengthBytes: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: "utf-16be", lengthBytes: 2 };
  return { encoding: "utf-8", lengthBytes: 0 };
}

/** The text, or nothing where a byte is malformed or a NUL says that this is no text. */
function strictly(encoding: Mark["encoding"], bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** For the eye only. Browsers read Latin-1 as windows-1252, which has a character for each byte. */
function asLatin(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function separatorOf(text: string): LineSeparator {
  const crlf = count(text, "\r\n");
  const cr = count(text, "\r") - crlf;
  const lf = count(text, "\n") - crlf;
  if (crlf + cr === 0) return "\n";
  if (cr + lf === 0) return "\r\n";
  if (crlf + lf === 0) return "\r";
  return "mixed";
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found += 1;
  return found;
}

function separate(text: string, separator: LineSeparator): string {
  if (separator === "mixed") return text;
  // A carriage return gets here when text of another format is brought back by undo: it ends a line too.
  const lines = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  return separator === "\n" ? lines : lines.replaceAll("\n", separator);
}

function encodeUtf16(text: string, bom: boolean, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const start = bom ? 2 : 0;
  const bytes = new Uint8Array(start + text.length * 2);
  const view = new DataView(bytes.buffer);
  if (bom) view.setUint16(0, 0xfeff, littleEndian);
  for (let at = 0; at < text.length; at += 1) view.setUint16(start + at * 2, text.charCodeAt(at), littleEndian);
  return bytes;
}
