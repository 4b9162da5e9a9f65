// A save that was refused is tried again later, and at once when the line is back.
// It must never hide from the reader when that will be.

import { noteNotice } from "../notice.ts";
import { words } from "../words/words.ts";

const TICK_MS = 1_000;

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
