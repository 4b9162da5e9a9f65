// The tabs of one file in this browser know of each other: who is there, and what one of them did.
// It must never need a secure context, nor carry a text or a key.

import { Signal } from "../signal.ts";

/** What a tab tells the others: that it asks who is there, is there, goes, saved this version, has forgotten the file. */
export type Said =
  | { readonly kind: "who" | "here" | "gone" | "forgotten" }
  | { readonly kind: "saved"; readonly etag: string }
  /** It goes on with the draft of a tab that did not answer. */
  | { readonly kind: "took"; readonly tab: string };

/** A tab that has not answered by then is not there (any more). */
const PATIENCE_MS = 1_000;
/** How often it is asked whether the others are still there: one that crashed does not say that it goes. */
const ASKED_MS = 30_000;

export class Tabs {
  /** Names this tab as long as its page lives. */
  readonly me = randomName();
  readonly heard = new Signal<Said>();
  /** Another tab came or went. */
  readonly counted = new Signal();
  readonly #channel: BroadcastChannel | undefined;
  #others = new Set<string>();
  #changed = new Signal();

  constructor(file: string) {
    this.#channel = channelOf(file);
    this.#channel?.addEventListener("message", (event: MessageEvent<Said & { from?: unknown }>) => this.#hear(event.data));
    this.tell({ kind: "who" });
    setInterval(() => this.#others.size > 0 && void this.#count(), ASKED_MS);
    addEventListener("pagehide", () => this.tell({ kind: "gone" }));
    // Back from where the browser keeps pages that one may go back to.
    addEventListener("pageshow", (event) => event.persisted && this.tell({ kind: "who" }));
  }

  get others(): number {
    return this.#others.size;
  }

  tell(said: Said): void {
    this.#channel?.postMessage({ ...said, from: this.me });
  }

  /** Those of these tabs that are not there any more; sure after a second, at once when all are. */
  async gone(tabs: readonly string[]): Promise<Set<string>> {
    const silent = (): Set<string> => new Set(tabs.filter((tab) => tab !== this.me && !this.#others.has(tab)));
    if (silent().size === 0) return silent();
    this.tell({ kind: "who" });
    await new Promise<void>((resolve) => {
      setTimeout(resolve, PATIENCE_MS);
      this.#changed.on(() => silent().size === 0 && resolve());
    });
    return silent();
  }

  #hear(data: Said & { readonly from?: unknown }): void {
    const { from, ...said } = data;
    if (typeof from !== "string") return;
    const before = this.#others.size;
    if (said.kind === "gone") this.#others.delete(from);
    else this.#others.add(from);
    if (said.kind === "who") this.tell({ kind: "here" });
    this.#changed.tell();
    if (this.#others.size !== before) this.counted.tell();
    this.heard.tell(said as Said);
  }

  async #count(): Promise<void> {
    const before = this.#others.size;
    this.#others = new Set();
    this.tell({ kind: "who" });
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    if (this.#others.size !== before) this.counted.tell();
  }
}

function channelOf(file: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(`editkey:${file}`);
  } catch {
    // A browser that lets tabs know nothing of each other.
    return undefined;
  }
}

function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
