// When a save that was refused is tried again: soon, then more and more seldom, and at once when the line is back.
// It must never try again what will be refused again, nor hide from the reader when it will.

import { noteNotice } from "../notice.ts";
import { waitMs } from "../told.ts";
import { words } from "../words/words.ts";

/** A full disk is cleared by somebody, not by itself. */
const FULL_MS = 30_000;
const FULL_LONGEST_MS = 300_000;
const FULL = 507;
/** Where the server says how long to wait, no longer than this. */
const LONGEST_ASKED_MS = 300_000;
const TICK_MS = 1_000;

/** How long to wait after so many failures with this status; nothing where it would only be refused again. */
export function againMs(status: number, failures: number, chance: number, askedSecs = 0): number | undefined {
  const asked = Math.min(askedSecs * 1_000, LONGEST_ASKED_MS);
  if (status === FULL) return Math.max(asked, Math.min(FULL_MS * 2 ** failures, FULL_LONGEST_MS) * (0.5 + chance / 2));
  if (status !== 0 && status !== 408 && status !== 429 && status < 500) return undefined;
  return Math.max(asked, waitMs(failures, chance));
}

/** One thing that is tried again later; the reader sees when. */
export class Again {
  #timer: ReturnType<typeof setInterval> | undefined;
  #due: (() => void) | undefined;

  constructor() {
    addEventListener("online", () => this.#due?.());
  }

  /** Runs it after this long, or as soon as the browser is online again. */
  in(ms: number, run: () => void): void {
    this.cancel();
    const at = Date.now() + ms;
    this.#due = () => {
      this.cancel();
      run();
    };
    const tick = (): void => {
      const left = at - Date.now();
      if (left <= 0) return this.#due?.();
      noteNotice(navigator.onLine ? words.again.in(Math.ceil(left / TICK_MS)) : words.again.online);
    };
    this.#timer = setInterval(tick, TICK_MS);
    tick();
  }

  cancel(): void {
    clearInterval(this.#timer);
    this.#timer = this.#due = undefined;
  }
}
