// What the server holds of the file, as far as it told us: a text, how it is written, which version it is; and what of ours may stand there by now.
// It must never say of a text that the server has it, of which the server did not say so.

import type { Text } from "@codemirror/state";

import type { Replaces } from "./remote.ts";
import { Sent, type SentText } from "./sent.ts";
import { type Format, readAs, sameFormat } from "./text/encoding.ts";

/** Nothing stands for a file that is not there yet, or that is to be replaced by whatever is in hand. */
export interface Base {
  readonly text: Text | undefined;
  readonly format: Format;
  readonly version: Replaces;
}

export class Held {
  readonly sent = new Sent();
  #base: Base;
  /** Whether the file was deleted elsewhere: what the server held last is not there any more. */
  #gone = false;

  constructor(base: Base) {
    this.#base = base;
  }

  get base(): Base {
    return this.#base;
  }

  /** Whether there is a file, as far as we know. */
  get there(): boolean {
    return this.#base.text !== undefined && !this.#gone;
  }

  /** Whether it is another text, written in another way, or may be: what was sent and not answered may stand there by now. */
  differs(text: Text, format: Format): boolean {
    const { base } = this;
    if (this.sent.texts.length > 0) return true;
    if (base.text === undefined || this.#gone) return text.length > 0;
    return !sameFormat(format, base.format) || !text.eq(base.text);
  }

  /** It told that this is what it holds. */
  take(base: Base): void {
    this.seen(base.version);
    this.#base = base;
    this.#gone = false;
  }

  /** The same of what was sent from here. */
  stand(base: Base): void {
    // From now on the server's bytes are of this encoding, which they need not tell by themselves.
    if (base.format.encoding !== this.#base.format.encoding) readAs({ first: base.format.encoding });
    this.take(base);
    this.sent.clear();
  }

  /** The text in hand is to stand in place of this version, whatever that holds: should this fail, none of ours is the one that it holds. */
  replace(version: Replaces): void {
    this.#base = { ...this.#base, text: undefined, version };
    this.#gone = false;
  }

  lose(): void {
    this.#gone = true;
    this.seen({ kind: "nothing" });
  }

  /** It holds this version, which is none of ours: what was sent in place of a former one cannot arrive any more. */
  seen(version: Replaces): void {
    if (!sameVersion(version, this.#base.version)) this.sent.clear();
  }

  /** Which of what was sent these bytes are. */
  ours(bytes: Uint8Array): SentText | undefined {
    return this.sent.find(bytes);
  }
}

function sameVersion(a: Replaces, b: Replaces): boolean {
  return a.kind === "revision" ? b.kind === "revision" && a.etag === b.etag : b.kind === "nothing";
}
