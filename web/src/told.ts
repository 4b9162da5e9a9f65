// What an event says of the key, of the file or of who has it open, and how long to wait when the line is broken: what of
// it can be told without a browser. It must never take for a dead key, or for a file that is gone, what does not say so.

import type { Page } from "./page.ts";

export type Told =
  | { readonly state: "live"; readonly rights: Page["rights"] }
  | { readonly state: "dead" }
  /** The entity tag of the file; none where there is no file that the key would open. */
  | { readonly state: "file"; readonly revision: string | undefined }
  /** How many others have the file open. */
  | { readonly state: "presence"; readonly others: number };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** How long to wait before the next try: longer each time, and not all pages at once. */
export function waitMs(failures: number, chance: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + chance / 2);
}

/** What an event says; nothing where it is none that we know. */
export function readTold(data: string, event = "key"): Told | undefined {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof said !== "object" || said === null) return undefined;
  if (event === "file") return ofFile("revision" in said ? said.revision : undefined);
  if (event === "presence") return ofOthers("others" in said ? said.others : undefined);
  if (event !== "key" || !("state" in said)) return undefined;
  if (said.state === "revoked") return { state: "dead" };
  if (said.state !== "live" && said.state !== "changed") return undefined;
  const rights = "rights" in said ? said.rights : undefined;
  return rights === "view" || rights === "edit" ? { state: "live", rights } : undefined;
}

function ofFile(revision: unknown): Told | undefined {
  if (revision === null) return { state: "file", revision: undefined };
  return typeof revision === "string" && revision !== "" ? { state: "file", revision } : undefined;
}

function ofOthers(others: unknown): Told | undefined {
  return typeof others === "number" && Number.isInteger(others) && others >= 0 ? { state: "presence", others } : undefined;
}
