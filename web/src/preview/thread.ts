// Asks a thread to read a text, one at a time, and ends it where it takes too long.
// It must never hold the page up, nor let an old answer win over a newer text.

import { scriptAddress } from "../safe.ts";

export interface Asked {
  readonly name: string;
  readonly text: string;
}

export type Answered = { readonly result: unknown } | { readonly failed: "failed" | "deep" };
export type Outcome<T> = { readonly kind: "done"; readonly result: T } | { readonly kind: "failed" | "deep" | "slow" };

/** Longer than any text takes that was not made to take long. */
const PATIENCE_MS = 5_000;
/** Of a reader who asked for it. */
const ASKED_PATIENCE_MS = 30_000;

export class Thread<T> {
  readonly #address: string;
  #worker: Worker | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /** One call at a time. */
  read(asked: Asked, patiently: boolean): Promise<Outcome<T>> {
    return new Promise((decide) => {
      const worker = (this.#worker ??= new Worker(scriptAddress(this.#address)));
      const end = (outcome: Outcome<T>): void => {
        clearTimeout(late);
        worker.onmessage = worker.onerror = null;
        if (outcome.kind !== "done") this.end();
        decide(outcome);
      };
      const late = setTimeout(() => end({ kind: "slow" }), patiently ? ASKED_PATIENCE_MS : PATIENCE_MS);
      worker.onmessage = ({ data }: MessageEvent<Answered>) => end("result" in data ? { kind: "done", result: data.result as T } : { kind: data.failed });
      worker.onerror = (event) => {
        event.preventDefault();
        end({ kind: "failed" });
      };
      worker.postMessage(asked);
    });
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
