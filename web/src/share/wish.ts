// What a narrower link is to be, as it was chosen in the form, and what the server is asked for then.
// It must never ask for more than the link at hand has, as far as that is known here.

export interface Wish {
  readonly rights: "view" | "edit";
  /** One of `ENDS`, "own" for as long as the link at hand, "at" for the time in `at`. */
  readonly ends: string;
  /** As a field of a date and a time has it, in the reader's own time zone. */
  readonly at: string;
  /** Days without use; empty for any number. */
  readonly idle: string;
  /** How many browsers; empty for any number. */
  readonly uses: string;
  readonly passphrase: string;
  readonly label: string;
}

/** What is wrong with a wish, before the server is asked. */
export type Fault = "noTime" | "past" | "late" | "short" | "uses";

/** The body of POST /api/key/derive. */
export interface Asked {
  rights: "view" | "edit";
  expires?: string;
  idle?: string;
  uses?: number;
  passphrase?: string;
  label?: string;
}

const HOUR_MS = 3_600_000;
/** In the server's notation, and how long each is. */
export const ENDS: readonly { readonly name: string; readonly unit: "hour" | "day"; readonly count: number }[] = [
  { name: "1h", unit: "hour", count: 1 },
  { name: "1d", unit: "day", count: 1 },
  { name: "7d", unit: "day", count: 7 },
  { name: "30d", unit: "day", count: 30 },
  { name: "90d", unit: "day", count: 90 },
];
/** What is chosen to begin with, where it is within the link's own life. */
export const USUAL = "7d";
export const PASSPHRASE_CHARACTERS = 8;
export const MOST_BROWSERS = 100;

/** Those that end before the link at hand does. */
export function endsWithin(own: Date | undefined, now: number): typeof ENDS {
  return ENDS.filter(({ unit, count }) => own === undefined || now + count * HOUR_MS * (unit === "day" ? 24 : 1) < own.getTime());
}

/** What to ask the server for, or what is wrong. */
export function askFor(wish: Wish, own: Date | undefined, now: number): Asked | Fault {
  const asked: Asked = { rights: wish.rights };
  if (wish.ends === "at") {
    const end = new Date(wish.at);
    if (Number.isNaN(end.getTime())) return "noTime";
    if (end.getTime() <= now) return "past";
    if (own !== undefined && end > own) return "late";
    asked.expires = end.toISOString();
  } else if (wish.ends !== "own") {
    asked.expires = wish.ends;
  }
  if (wish.idle !== "") asked.idle = wish.idle;
  if (wish.uses !== "") {
    const uses = Number(wish.uses);
    if (!Number.isInteger(uses) || uses < 1 || uses > MOST_BROWSERS) return "uses";
    asked.uses = uses;
  }
  if (wish.passphrase !== "") {
    if ([...wish.passphrase].length < PASSPHRASE_CHARACTERS) return "short";
    asked.passphrase = wish.passphrase;
  }
  if (wish.label.trim() !== "") asked.label = wish.label.trim();
  return asked;
}
