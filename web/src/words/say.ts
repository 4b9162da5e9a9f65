// Numbers, times and plurals as the reader's language says them.
// It must never hold a text: what is said stands in the language files. (What encodings are called is the same in all of them.)

import type { Encoding } from "../text/encoding.ts";

let tag = "en";
/** Made once: making one takes longer than a hundred numbers do. */
let numbers = new Intl.NumberFormat(tag);
let plurals = new Intl.PluralRules(tag);

/** From now on in this language, such as "de-AT". */
export function sayIn(language: string): void {
  tag = language;
  numbers = new Intl.NumberFormat(tag);
  plurals = new Intl.PluralRules(tag);
}

export function sayNumber(number: number): string {
  return numbers.format(number);
}

/** A day and a time, to the minute, where the reader is. */
export function sayMoment(moment: number | Date): string {
  return new Intl.DateTimeFormat(tag, { dateStyle: "long", timeStyle: "short" }).format(moment);
}

/** "3 days", "3 Tage". */
export function sayLength(count: number, unit: "minute" | "hour" | "day"): string {
  return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/** "a, b and c". */
export function sayAll(parts: readonly string[]): string {
  return new Intl.ListFormat(tag, { type: "conjunction" }).format(parts);
}

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** The form of the language's own plural; "#" in it becomes the number. */
export function sayPlural(count: number, forms: Forms): string {
  const form = forms[plurals.select(count)] ?? forms.other;
  return form.replace("#", sayNumber(count));
}

/** A name among other words: its own direction stays its own. */
export function sayName(name: string): string {
  return `\u2068${name}\u2069`;
}

/** In the units of disks and of file managers; few bytes in the language's own word. */
export function sayBytes(count: number, few: (count: number) => string): string {
  if (count < 1000) return few(count);
  const [value, unit] = count < 1_000_000 ? [count / 1000, "kB"] : count < 1_000_000_000 ? [count / 1_000_000, "MB"] : [count / 1_000_000_000, "GB"];
  return `${sayNumber(Math.round(value * 10) / 10)} ${unit}`;
}

/** As they are called everywhere. */
export const ENCODING_NAMES: Readonly<Record<Exclude<Encoding, "binary">, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16 LE",
  "utf-16be": "UTF-16 BE",
  "windows-1252": "windows-1252",
  "iso-8859-15": "ISO-8859-15",
  "iso-8859-2": "ISO-8859-2",
  "windows-1250": "windows-1250",
  "iso-8859-3": "ISO-8859-3",
  "iso-8859-4": "ISO-8859-4",
  "iso-8859-5": "ISO-8859-5",
  "windows-1251": "windows-1251",
  "koi8-r": "KOI8-R",
  "koi8-u": "KOI8-U",
  ibm866: "IBM866",
  "x-mac-cyrillic": "Mac Cyrillic",
  "iso-8859-6": "ISO-8859-6",
  "windows-1256": "windows-1256",
  "iso-8859-7": "ISO-8859-7",
  "windows-1253": "windows-1253",
  "iso-8859-8": "ISO-8859-8",
  "windows-1255": "windows-1255",
  "windows-1254": "windows-1254",
  "iso-8859-10": "ISO-8859-10",
  "iso-8859-13": "ISO-8859-13",
  "windows-1257": "windows-1257",
  "iso-8859-14": "ISO-8859-14",
  "iso-8859-16": "ISO-8859-16",
  "windows-874": "windows-874",
  "windows-1258": "windows-1258",
  macintosh: "Mac Roman",
  shift_jis: "Shift_JIS",
  "euc-jp": "EUC-JP",
  "iso-2022-jp": "ISO-2022-JP",
  gb18030: "GB18030",
  gbk: "GBK",
  big5: "Big5",
  "euc-kr": "EUC-KR",
};
