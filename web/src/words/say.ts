// Numbers, times and plurals as the reader's language says them.
// It must never hold a text: what is said stands in the language files.

let tag = "en";

/** From now on in this language, such as "de-AT". */
export function sayIn(language: string): void {
  tag = language;
}

export function sayNumber(number: number): string {
  return new Intl.NumberFormat(tag).format(number);
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
  const form = forms[new Intl.PluralRules(tag).select(count)] ?? forms.other;
  return form.replace("#", sayNumber(count));
}

/** A name among other words: its own direction stays its own. */
export function sayName(name: string): string {
  return `\u2068${name}\u2069`;
}
