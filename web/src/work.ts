// The text in hand: which version of the file it began from, whether it is saved, and what happens when it is not.
// It must never send a text that it has not been asked to save, and never drop one that the server has not taken.

import type { Text } from "@codemirror/state";

import { askAboutConflict, endConflict } from "./conflict.ts";
import { downloadCopy } from "./download.ts";
import { type Decoded, decode, encode, type Format } from "./encoding.ts";
import { forget, type Kept, keep } from "./kept.ts";
import { type Action, hideNotice, showNotice } from "./notice.ts";
import type { Page } from "./page.ts";
import type { Pane } from "./pane.ts";
import type { Remote, Replaces, Stored } from "./remote.ts";
import { type State, showState } from "./status.ts";
import { type Advice, tooLarge, whyNotSaved, whyStopped } from "./words.ts";

export interface Begun {
  readonly format: Format;
  readonly version: Replaces;
}

/** Begins anew with the other version; the present text stays within reach of undo where it can. */
export type TakeTheirs = (theirs: Decoded, version: Replaces, bytes: Uint8Array<ArrayBuffer>) => void;

export class Work {
  readonly #page: Page;
  readonly #remote: Remote;
  readonly #pane: Pane;
  readonly #takeTheirs: TakeTheirs;
  #format: Format;
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

  constructor(page: Page, remote: Remote, pane: Pane, begun: Begun, takeTheirs: TakeTheirs) {
    this.#page = page;
    this.#remote = remote;
    this.#pane = pane;
    this.#takeTheirs = takeTheirs;
    this.#format = begun.format;
    this.#version = begun.version;
    this.#saved = begun.version.kind === "nothing" ? undefined : pane.text;
    this.show();
  }

  /** Whether closing the window would lose something. */
  get pending(): boolean {
    return !this.#kept && this.#unsaved;
  }

  get #unsaved(): boolean {
    return this.#saved === undefined ? this.#pane.text.length > 0 : !this.#pane.text.eq(this.#saved);
  }

  show(): void {
    showState(this.#state());
  }

  async save(): Promise<void> {
    if (this.#stopped !== undefined) return;
    if (this.#activity === "saving") this.#saveAgain = true;
    if (this.#activity !== "idle") return;
    if (!this.pending && this.#saved !== undefined) return;
    const text = this.#pane.text;
    const bytes = this.#bytes(text);
    if (bytes.length > this.#page.bodyLimitBytes) {
      this.#fail(tooLarge(bytes.length, this.#page.bodyLimitBytes));
      return;
    }
    this.#activity = "saving";
    this.show();
    const answer = await this.#remote.storeFile(bytes, this.#version);
    this.#activity = "idle";
    if (this.#stopped === undefined) await this.#follow(answer, text);
    else if (answer.kind === "stored") this.#saved = text;
    if (this.#stopped !== undefined) await this.#tellStopped();
  }

  /** Nothing is saved from now on; what is not saved is kept in this browser, and stays in sight. */
  async stop(why: "dead" | "view"): Promise<void> {
    if (this.#stopped === "dead") return;
    this.#stopped = why;
    this.#pane.lock();
    endConflict();
    // A save that is on its way is heard out first.
    if (this.#activity !== "saving") await this.#tellStopped();
  }

  /** Puts a text in that was kept earlier, not saved yet; undo takes it back out. */
  putIn(kept: Kept): void {
    if (this.#stopped !== undefined) return;
    const { text, lineSeparator } = decode(kept.bytes);
    this.#putIn = kept;
    this.#pane.show({ text, lineSeparator, writable: true });
    this.show();
  }

  download(): void {
    downloadCopy(this.#page.name, this.#bytes(this.#pane.text));
  }

  #state(): State {
    if (this.#stopped !== undefined && this.#activity !== "saving") return this.#stopped === "dead" ? "ended" : "view";
    if (this.#activity === "saving") return "saving";
    if (this.#saved !== undefined && !this.pending) return "saved";
    if (this.#failed) return "failed";
    return this.#saved === undefined && !this.pending ? "new" : "unsaved";
  }

  #bytes(text: Text): Uint8Array<ArrayBuffer> {
    return encode(text.toString(), this.#format);
  }

  async #follow(answer: Stored, text: Text): Promise<void> {
    const again = this.#saveAgain;
    this.#saveAgain = false;
    if (answer.kind === "refused") {
      this.#fail(whyNotSaved(answer.status));
    } else if (answer.kind === "changed") {
      await this.#settle();
    } else {
      this.#stand(text, answer.version);
      if (again) await this.save();
    }
  }

  #stand(text: Text, version: Replaces): void {
    this.#saved = text;
    this.#version = version;
    this.#failed = false;
    if (this.#putIn !== undefined) void forget(this.#putIn);
    this.#putIn = undefined;
    hideNotice();
    this.show();
  }

  async #settle(): Promise<void> {
    this.#activity = "deciding";
    this.#failed = true;
    this.show();
    const fetched = await this.#remote.fetchFile();
    if (fetched.kind === "refused") {
      this.#activity = "idle";
      this.#fail(whyNotSaved(fetched.status));
      return;
    }
    const mine = this.#pane.text;
    const theirs = fetched.kind === "file" ? fetched.bytes : undefined;
    if (theirs !== undefined && sameBytes(theirs, this.#bytes(mine))) {
      // Our own save arrived, and only its answer was lost.
      this.#activity = "idle";
      this.#stand(mine, fetched.version);
      return;
    }
    const decoded = theirs === undefined ? undefined : decode(theirs);
    const choice = await askAboutConflict({
      theirs: decoded?.text,
      mine: mine.toString(),
      nonce: this.#page.nonce,
      download: () => this.download(),
    });
    this.#activity = "idle";
    if (choice === "mine") {
      this.#version = fetched.version;
      if (decoded === undefined) this.#saved = undefined;
      await this.save();
    } else if (choice === "theirs" && decoded !== undefined && theirs !== undefined) {
      hideNotice();
      this.#takeTheirs(decoded, fetched.version, theirs);
    } else {
      this.#fail({ text: "The file was changed elsewhere, so yours is not saved. Your text is still here.", again: true }, "Decide");
    }
  }

  async #tellStopped(): Promise<void> {
    const why = this.#stopped;
    if (why === undefined) return;
    const lost = this.#unsaved;
    this.#kept = lost && (await this.#keep());
    const left = !lost ? "saved" : this.#kept ? "kept" : "here";
    const copy = { label: "Download a copy", run: () => this.download() };
    showNotice(why === "view" && !lost ? "calm" : "alarm", whyStopped(why, left), lost ? [copy] : []);
    this.show();
  }

  #keep(): Promise<boolean> {
    const { keyId: key, fileId: file, name } = this.#page;
    return keep({ key, file, name, at: Date.now(), bytes: this.#bytes(this.#pane.text) });
  }

  #fail(advice: Advice, retry = "Try again"): void {
    if (this.#stopped !== undefined) return;
    this.#failed = true;
    const actions: Action[] = [{ label: "Download a copy", run: () => this.download() }];
    if (advice.again) actions.unshift({ label: retry, run: () => void this.save() });
    showNotice("alarm", advice.text, actions);
    this.show();
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
