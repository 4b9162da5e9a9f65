// Bytes become text and text becomes bytes, so that what was not edited comes back exactly as it was.
// It must never guess: what does not survive the way there and back is shown read-only and never encoded.

import type { Style } from "../page.ts";
import { type Charset, comesBack, readableAs, type Unfit, unmapped, writtenAs } from "./charsets.ts";

export type { Unfit };
export type Encoding = Unicode | Charset | "binary";
export type Unicode = "utf-8" | "utf-16le" | "utf-16be";
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
  /** False where the bytes cannot be written back: no text to us, or of an encoding that we only read. */
  readonly editable: boolean;
}

/** What of this page's file was said by a person or by .editorconfig; it counts for every version of it that comes. */
export interface Reading {
  /** Before anything that the bytes say. */
  readonly first?: Encoding | undefined;
  /** Where the bytes are neither UTF-8 nor marked as UTF-16. */
  readonly last?: Encoding | undefined;
  /** Where they are ASCII alone, which many encodings share. */
  readonly ascii?: Encoding | undefined;
}

let reading: Reading = {};

export function readAs(other: Reading): void {
  reading = other;
}

/** What a new file gets, as .editorconfig says. */
export function newFormat({ charset = "utf-8", endOfLine = "lf" }: Pick<Style, "charset" | "endOfLine">): Format {
  const lineSeparator = ({ lf: "\n", crlf: "\r\n", cr: "\r" } as const)[endOfLine];
  if (charset === "utf-8" || charset === "utf-8-bom") return { encoding: "utf-8", bom: charset === "utf-8-bom", lineSeparator };
  // Without a mark nobody would know UTF-16 again.
  if (charset !== "latin1") return { encoding: charset, bom: true, lineSeparator };
  return { encoding: LATIN1, bom: false, lineSeparator };
}

/** What "latin1" means to browsers, which have a character for each byte. */
export const LATIN1: Encoding = "windows-1252";

export function decode(bytes: Uint8Array): Decoded {
  const mark = byteOrderMark(bytes);
  const { first, last, ascii } = reading;
  return (
    (first === undefined ? undefined : decodeAs(first, bytes)) ??
    (ascii === undefined || !bytes.every((byte) => byte < 128) ? undefined : decodeAs(ascii, bytes)) ??
    decodeAs(mark.encoding, bytes) ??
    (last === undefined ? undefined : decodeAs(last, bytes)) ?? {
      text: asLatin(bytes),
      encoding: "binary",
      bom: false,
      lineSeparator: "mixed",
      editable: false,
    }
  );
}

/** The bytes as text of this encoding; nothing where they are none. */
export function decodeAs(encoding: Encoding, bytes: Uint8Array): Decoded | undefined {
  if (encoding === "binary") return undefined;
  const mark = byteOrderMark(bytes);
  const bom = mark.lengthBytes > 0 && mark.encoding === encoding;
  const text = strictly(encoding, bom ? bytes.subarray(mark.lengthBytes) : bytes);
  if (text === undefined) return undefined;
  const editable = isUnicode(encoding) || comesBack(text, bytes, encoding);
  const lineSeparator = separatorOf(text);
  return { text, encoding, bom, lineSeparator, editable };
}

/** The first character that the encoding has no bytes for, and where it is. */
export function unencodable(text: string, encoding: Encoding): Unfit | undefined {
  return encoding === "binary" || isUnicode(encoding) ? undefined : unmapped(text, encoding);
}

export function sameFormat(a: Format, b: Format): boolean {
  return a.encoding === b.encoding && a.bom === b.bom && a.lineSeparator === b.lineSeparator;
}

export function isUnicode(encoding: Encoding): encoding is Unicode {
  return encoding === "utf-8" || encoding === "utf-16le" || encoding === "utf-16be";
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
    default:
      return writtenAs(separated, format.encoding);
  }
}

/** The same, but in UTF-8 where the encoding cannot hold all of it: a copy is whole, whatever it is a copy of. */
export function encodeWhole(text: string, format: Format): Uint8Array<ArrayBuffer> {
  const holds = format.encoding !== "binary" && unencodable(text, format.encoding) === undefined;
  return encode(text, holds ? format : { ...format, encoding: "utf-8" });
}

interface Mark {
  readonly encoding: Unicode;
  readonly lengthBytes: number;
}

function byteOrderMark(bytes: Uint8Array): Mark {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: "utf-8", lengthBytes: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: "utf-16le", lengthBytes: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: "utf-16be", lengthBytes: 2 };
  return { encoding: "utf-8", lengthBytes: 0 };
}

/** The text, or nothing where a byte is malformed or a NUL says that this is no text. */
function strictly(encoding: Exclude<Encoding, "binary">, bytes: Uint8Array): string | undefined {
  try {
    const text = isUnicode(encoding) ? new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes) : readableAs(bytes, encoding);
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
