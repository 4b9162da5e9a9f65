// Encodings of before Unicode: browsers read them all (TextDecoder), and what has one byte a character is written back
// by the same table turned round. It must never write a byte for a character that does not come back as that character.

/** One byte a character: what TextDecoder reads, its table turned round writes. */
export const SINGLE_BYTE = [
  "windows-1252", "iso-8859-15", "iso-8859-2", "windows-1250", "iso-8859-3", "iso-8859-4", "iso-8859-5", "windows-1251", "koi8-r", "koi8-u",
  "ibm866", "x-mac-cyrillic", "iso-8859-6", "windows-1256", "iso-8859-7", "windows-1253", "iso-8859-8", "windows-1255", "windows-1254",
  "iso-8859-10", "iso-8859-13", "windows-1257", "iso-8859-14", "iso-8859-16", "windows-874", "windows-1258", "macintosh",
] as const;
/** Several bytes a character: read only, for browsers do not write them. */
export const SEVERAL_BYTES = ["shift_jis", "euc-jp", "iso-2022-jp", "gb18030", "gbk", "big5", "euc-kr"] as const;

export type SingleByte = (typeof SINGLE_BYTE)[number];
export type Charset = SingleByte | (typeof SEVERAL_BYTES)[number];

/** A character that has no byte in an encoding, and where it stands in the text. */
export interface Unfit {
  readonly character: string;
  readonly at: number;
}

export function isSingleByte(charset: string): charset is SingleByte {
  return (SINGLE_BYTE as readonly string[]).includes(charset);
}

/** Whether the text is written back as exactly these bytes, which it was read from. */
export function comesBack(text: string, bytes: Uint8Array, charset: Charset): boolean {
  if (!isSingleByte(charset) || text.length !== bytes.length) return false;
  const table = tableOf(charset);
  return bytes.every((byte, at) => table.get(text.charCodeAt(at)) === byte);
}

/** Throws where a byte means nothing there. */
export function readableAs(bytes: Uint8Array, charset: Charset): string {
  return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Throws where a character has no byte there, which `unmapped` tells beforehand. */
export function writtenAs(text: string, charset: Charset): Uint8Array<ArrayBuffer> {
  const table = tableOf(charset);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const byte = table.get(text.charCodeAt(at));
    if (byte === undefined) throw new Error(`${charset} has no byte for a character of the text`);
    bytes[at] = byte;
  }
  return bytes;
}

/** The first character that has no byte there. */
export function unmapped(text: string, charset: Charset): Unfit | undefined {
  const table = tableOf(charset);
  for (let at = 0; at < text.length; at += 1) {
    if (!table.has(text.charCodeAt(at))) return { character: String.fromCodePoint(text.codePointAt(at) ?? 0), at };
  }
  return undefined;
}

const tables = new Map<Charset, ReadonlyMap<number, number>>();

/** Character to byte; empty for what is only read. */
function tableOf(charset: Charset): ReadonlyMap<number, number> {
  const known = tables.get(charset);
  if (known !== undefined) return known;
  const table = new Map<number, number>();
  if (isSingleByte(charset)) {
    for (let byte = 255; byte >= 0; byte -= 1) {
      const character = characterOf(byte, charset);
      if (character !== undefined) table.set(character, byte);
    }
  }
  tables.set(charset, table);
  return table;
}

function characterOf(byte: number, charset: SingleByte): number | undefined {
  try {
    const text = readableAs(Uint8Array.of(byte), charset);
    return text.length === 1 ? text.charCodeAt(0) : undefined;
  } catch {
    return undefined;
  }
}
