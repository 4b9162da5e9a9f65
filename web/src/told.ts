// What an event of the key says, and how long to wait when the line is broken: what of it can be told without a browser.
// It must never take for a dead key what does not say so.

import type { Page } from "./page.ts";

export type Told = { readonly state: "live"; readonly rights: Page["rights"] } | { readonly state: "dead" };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** How long to wait before the next try: longer each time, and not all pages at once. */
export function waitMs(failures: number, chance: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + chance / 2);
}

/** What an event says; nothing where it is none that we know. */
export function readTold(data: string): Told | undefined {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof said !== "object" || said === null || !("state" in said)) return undefined;
  if (said.state === "revoked") return { state: "dead" };
  if (said.state !== "live" && said.state !== "changed") return undefined;
  const rights = "rights" in said ? said.rights : undefined;
  return rights === "view" || rights === "edit" ? { state: "live", rights } : undefined;
}
