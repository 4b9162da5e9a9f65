// A link as the server tells of it, and what its refusals are about: what of it can be told without a browser.
// It must never hold a link's address.

/** What the server says that a link allows. */
export interface Link {
  readonly id: string;
  readonly rights: "view" | "edit";
  readonly expires: Date | undefined;
  /** Days without use after which it ends. */
  readonly idleDays: number | undefined;
  /** How many browsers may still claim it. */
  readonly uses: number | undefined;
  readonly passphrase: boolean;
  readonly label: string | undefined;
  /** Only the visitor it was made for may use it. */
  readonly bound: boolean;
}

/** Why there is no link. */
export type Refusal = "unreachable" | "dead" | "many" | "deep" | "claimed" | "wantsPassphrase" | "rights" | "life" | "idle" | "uses" | "often" | "later" | "other";

export type Answer<T> = { readonly kind: "done"; readonly value: T } | { readonly kind: "refused"; readonly why: Refusal };

/** The beginning of each rule that the server names, and what it is about; a story in the browser holds both together. */
const RULES: readonly (readonly [RegExp, Refusal])[] = [
  [/^This link does not open anything/, "dead"],
  [/^At most \d+ keys are derived/, "many"],
  [/^At most \d+ keys stand above/, "deep"],
  [/^Only those who claimed/, "claimed"],
  [/\(keys\.require_passphrase\)/, "wantsPassphrase"],
  [/never gets more rights/, "rights"],
  [/never ends later/, "life"],
  [/never stay unused/, "idle"],
  [/browsers may claim it/, "uses"],
];

export type Said = Readonly<Record<string, unknown>>;

export function refusalOf(status: number, detail: string): Refusal {
  if (status === 429) return "often";
  if (status === 503 || status === 507) return "later";
  return RULES.find(([rule]) => rule.test(detail))?.[1] ?? "other";
}

export function readLink(said: Said): Link | undefined {
  const { id, rights, expires, idle, uses_left: uses, passphrase, label, bind } = said;
  if (typeof id !== "string" || (rights !== "view" && rights !== "edit")) return undefined;
  return {
    id,
    rights,
    expires: typeof expires === "string" ? new Date(expires) : undefined,
    idleDays: typeof idle === "string" ? Number.parseInt(idle, 10) : undefined,
    uses: typeof uses === "number" ? uses : undefined,
    passphrase: passphrase === true,
    label: typeof label === "string" ? label : undefined,
    bound: bind === "visitor",
  };
}
