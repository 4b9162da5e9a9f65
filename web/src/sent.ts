// What was sent to be saved and is not known to have arrived: where it stands on the server, it is our own and nobody else's.
// It must never take a text for ours that differs in one byte, nor remember one that cannot arrive any more.

import type { Text } from "@codemirror/state";

import { encodeWhole, type Format, sameFormat } from "./text/encoding.ts";

export interface SentText {
  readonly text: Text;
  readonly format: Format;
}

/** So many are known again. */
const MOST = 8;

export class Sent {
  #texts: readonly SentText[] = [];
  /** Those before the last one. */
  #before: readonly SentText[] = [];

  /** The newest last. */
  get texts(): readonly SentText[] {
    return this.#texts;
  }

  /** About to be sent, or sent before: from now on it may stand there. */
  add(...sent: readonly SentText[]): void {
    this.#before = this.#texts;
    const others = this.#texts.filter((one) => !sent.some((other) => one.text.eq(other.text) && sameFormat(one.format, other.format)));
    this.#texts = [...others, ...sent].slice(-MOST);
  }

  /** The last one was refused, with this status. */
  refused(status: number): void {
    if (!mayHaveArrived(status)) this.#texts = this.#before;
  }

  /** The one with these bytes. */
  find(bytes: Uint8Array): SentText | undefined {
    return known(this.#texts, bytes);
  }

  /** The server has told which version it holds: of what was sent in place of a former one, nothing can arrive after that. */
  clear(): void {
    this.#texts = this.#before = [];
  }
}

/** A proxy may answer for a server that did what it was asked, or take the version out of its answer (428). */
function mayHaveArrived(status: number): boolean {
  return status === 0 || status === 428 || (status >= 500 && status !== 507);
}

/** The one of these texts that was written as these bytes. */
export function known(sent: readonly SentText[], bytes: Uint8Array): SentText | undefined {
  return sent.find(({ text, format }) => sameBytes(bytes, encodeWhole(text.toString(), format)));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
