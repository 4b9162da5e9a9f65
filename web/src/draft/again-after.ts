// How long a save that was refused waits before it is tried again.
// It must never try again what would only be refused again, nor all pages at once.

import { waitMs } from "../told.ts";

/** A full disk is cleared by somebody, not by itself. */
const FULL_MS = 30_000;
const FULL_LONGEST_MS = 300_000;
const FULL = 507;
/** Where the server says how long to wait, no longer than this. */
const LONGEST_ASKED_MS = 300_000;

/** How long to wait after so many failures with this status; nothing where it would only be refused again. */
export function againMs(status: number, failures: number, chance: number, askedSecs = 0): number | undefined {
  const asked = Math.min(askedSecs * 1_000, LONGEST_ASKED_MS);
  if (status === FULL) return Math.max(asked, Math.min(FULL_MS * 2 ** failures, FULL_LONGEST_MS) * (0.5 + chance / 2));
  if (status !== 0 && status !== 408 && status !== 429 && status < 500) return undefined;
  return Math.max(asked, waitMs(failures, chance));
}
