// The text in hand: which version of the file it began from, whether it is saved, and what happens when it is not.
// It must never send a text that it has not been asked to save, and never drop one that the server has not taken.

import type { Text } from "@codemirror/state";

import { downloadCopy } from "./download.ts";
import { forget, type Kept, keep } from "./draft/kept.ts";
import { endConflict } from "./merge/conflict.ts";
import { settle } from "./merge/settle.ts";
import { type Action, hideNotice, showNotice } from "./notice.ts";
import type { Page } from "./page.ts";
import type { Remote, Replaces, Stored } from "./remote.ts";
import { Signal } from "./signal.ts";
import { type State, showState } from "./status.ts";
import { type Decoded, decode, encode, type Format, isUnicode, sameFormat, unencodable, type Unfit } from "./text/encoding.ts";
import type { Pane } from "./text/pane.ts";
import { type Advice, words } from "./words/words.ts";

export interface Begun {
  readonly format: Format;
  readonly version: Replaces;
}

/** Begins anew with another version; the present text stays within reach of undo where it can. */
export type Begin = (file: Decoded, version: Replaces, bytes: Uint8Array<ArrayBuffer>) => void;

export class Work {
  readonly remote: Remote;
  readonly pane: Pane;
  readonly begin: Begin;
  /** About to be saved: the last moment to tidy the text. */
  readonly saving = new Signal();
  /** It will be written in another format from now on. */
  readonly converted = new Signal<Format>();
  /** It was not saved: its encoding has no bytes for this character. */
  readonly unfit = new Signal<Unfit>();
  /** The server has this text now, or is found to have it. */
  readonly stood = new Signal();
  /** A save was refused: the status, 0 where there was no answer. */
  readonly refused = new Signal<number>();
  /** Nothing is saved any more. */
  readonly ended = new Signal<"dead" | "view">();
  readonly #page: Page;
  #format: Format;
  /** That of the server's text. */
  #savedFormat: Format;
  #version: Replaces;
  /** What the server holds, as far as it told us; nothing while the file is new. */
  #saved: Text | undefined;
  #activity: "idle" | "saving" | "deciding" = "idle";
  #saveAgain = false;
  #failed = false;
  /** Why nothing is saved any more. */
  #stopped: "dead" | "view" | undefined;
  /** Whether what is unsaved is kept in this browser. */
  #kept = false;
  /** A text that was kept earlier and put in here: forgotten once it is saved. */
  #putIn: Kept | undefined;

  constructor(page: Page, remote: Remote, pane: Pane, begun: Begun, begin: Begin) {
    this.#page = page;
    this.remote = remote;
    this.pane = pane;
    this.begin = begin;
    this.#format = this.#savedFormat = begun.format;
    this.#version = begun.version;
    this.#saved = begun.version.kind === "nothing" ? undefined : pane.text;
    this.show();
  }

  /** Whether closing the window would lose something. */
  get pending(): boolean {
    return !this.#kept && this.unsaved;
  }

  /** Whether the text is another than the server's. */
  get unsaved(): boolean {
    return this.#saved === undefined ? this.pane.text.length > 0 : !sameFormat(this.#format, this.#savedFormat) || !this.pane.text.eq(this.#saved);
  }

  get format(): Format {
    return this.#format;
  }

  /** The text that the server holds, as far as it told us, and its version. */
  get base(): { readonly text: Text | undefined; readonly format: Format; readonly version: Replaces } {
    return { text: this.#saved, format: this.#savedFormat, version: this.#version };
  }

  /** From now on the text is written in this format; what cannot be undone by undo is done back by another conversion. */
  convert(format: Format): void {
    this.#format = format;
    this.converted.tell(format);
    this.show();
  }

  show(): void {
    showState(this.#state());
  }

  async save(): Promise<void> {
    if (this.#stopped !== undefined) return;
    if (this.#activity === "saving") this.#saveAgain = true;
    if (this.#activity !== "idle") return;
    if (!this.pending && this.#saved !== undefined) return;
    this.saving.tell();
    const text = this.pane.text;
    const format = this.#format;
    const unfit = this.#unfit(text);
    if (unfit !== undefined) {
      this.#failed = true;
      this.show();
      return this.unfit.tell(unfit);
    }
    const bytes = this.#bytes(text);
    if (bytes.length > this.#page.bodyLimitBytes) return this.fail(words.why.tooLarge(bytes.length, this.#page.bodyLimitBytes));
    this.#activity = "saving";
    this.show();
    const answer = await this.remote.storeFile(bytes, this.#version);
    this.#activity = "idle";
    if (this.#stopped === undefined) await this.#follow(answer, text, format);
    else if (answer.kind === "stored") this.#saved = text;
    if (this.#stopped !== undefined) await this.#tellStopped();
  }

  /** Nothing is saved from now on; what is not saved is kept in this browser, and stays in sight. */
  async stop(why: "dead" | "view"): Promise<void> {
    if (this.#stopped === "dead") return;
    this.#stopped = why;
    this.pane.lock();
    endConflict();
    this.ended.tell(why);
    // A save that is on its way is heard out first.
    if (this.#activity !== "saving") await this.#tellStopped();
  }

  /** Puts a text in that was kept earlier, not saved yet; undo takes it back out. */
  putIn(kept: Kept): void {
    if (this.#stopped !== undefined) return;
    const { text, lineSeparator } = decode(kept.bytes);
    this.#putIn = kept;
    this.pane.show({ text, lineSeparator, writable: true });
    this.show();
  }

  download(): void {
    downloadCopy(this.#page.name, this.#bytes(this.pane.text));
  }

  /** The server holds `text` now, as `version`. */
  stand(text: Text, version: Replaces, format = this.#format): void {
    this.#saved = text;
    this.#savedFormat = format;
    this.#version = version;
    this.#failed = false;
    if (this.#putIn !== undefined) void forget(this.#putIn);
    this.#putIn = undefined;
    hideNotice();
    this.show();
    this.stood.tell();
  }

  /** Saves in place of `version`, which the reader has seen. */
  async replace(version: Replaces): Promise<void> {
    this.#version = version;
    if (version.kind === "nothing") this.#saved = undefined;
    this.#activity = "idle";
    await this.save();
  }

  /** Whether a save would write these bytes. */
  encodes(bytes: Uint8Array): boolean {
    return sameBytes(bytes, this.#bytes(this.pane.text));
  }

  fail(advice: Advice, retry = words.tools.again): void {
    if (this.#stopped !== undefined) return;
    this.#failed = true;
    const actions: Action[] = [{ label: words.tools.download, run: () => this.download() }];
    if (advice.again) actions.unshift({ label: retry, run: () => void this.save() });
    showNotice("alarm", advice.text, actions);
    this.show();
  }

  #state(): State {
    if (this.#stopped !== undefined && this.#activity !== "saving") return this.#stopped === "dead" ? "ended" : "view";
    if (this.#activity === "saving") return "saving";
    if (this.#saved !== undefined && !this.pending) return "saved";
    if (this.#failed) return "failed";
    return this.#saved === undefined && !this.pending ? "new" : "unsaved";
  }

  #bytes(text: Text): Uint8Array<ArrayBuffer> {
    // A text that its encoding cannot hold is whole in UTF-8.
    const format: Format = this.#unfit(text) === undefined ? this.#format : { ...this.#format, encoding: "utf-8" };
    return encode(text.toString(), format);
  }

  #unfit(text: Text): Unfit | undefined {
    const { encoding } = this.#format;
    return isUnicode(encoding) ? undefined : unencodable(text.toString(), encoding);
  }

  async #follow(answer: Stored, text: Text, format: Format): Promise<void> {
    const again = this.#saveAgain;
    this.#saveAgain = false;
    if (answer.kind === "refused") {
      this.fail(words.why.notSaved(answer.status));
      this.refused.tell(answer.status);
    } else if (answer.kind === "changed") {
      await this.#settle();
    } else {
      this.stand(text, answer.version, format);
      if (again) await this.save();
    }
  }

  async #settle(): Promise<void> {
    this.#activity = "deciding";
    this.#failed = true;
    this.show();
    const goesOn = await settle(this, this.#page.nonce);
    if (!goesOn) return;
    if (this.#activity === "deciding") this.#activity = "idle";
    this.show();
  }

  async #tellStopped(): Promise<void> {
    const why = this.#stopped;
    if (why === undefined) return;
    const lost = this.unsaved;
    this.#kept = lost && (await this.#keep());
    const left = !lost ? "saved" : this.#kept ? "kept" : "here";
    const copy = { label: words.tools.download, run: () => this.download() };
    showNotice(why === "view" && !lost ? "calm" : "alarm", words.why.stopped(why, left), lost ? [copy] : []);
    this.show();
  }

  #keep(): Promise<boolean> {
    const { keyId: key, fileId: file, name } = this.#page;
    return keep({ key, file, name, at: Date.now(), bytes: this.#bytes(this.pane.text) });
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
