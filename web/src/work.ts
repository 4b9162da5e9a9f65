// The text in hand: which version of the file it began from, whether it is saved, and what happens when it is not.
// It must never send a text that it has not been asked to save, and never drop one that the server has not taken.

import type { Text } from "@codemirror/state";

import { downloadCopy } from "./download.ts";
import { Again } from "./draft/again.ts";
import { againMs } from "./draft/again-after.ts";
import { differing } from "./draft/differing.ts";
import { endConflict } from "./merge/conflict.ts";
import { settle } from "./merge/settle.ts";
import { type Action, hideNotice, showNotice } from "./notice.ts";
import type { Page } from "./page.ts";
import type { Refused, Remote, Replaces, Stored } from "./remote.ts";
import { Signal } from "./signal.ts";
import { type State, showState } from "./status.ts";
import { type Decoded, encode, type Format, isUnicode, type LineSeparator, sameFormat, unencodable, type Unfit } from "./text/encoding.ts";
import type { Pane } from "./text/pane.ts";
import { type Advice, words } from "./words/words.ts";

export interface Begun {
  readonly format: Format;
  readonly version: Replaces;
}

/** A file that changes faster than this is left alone until the reader tries again. */
const ROUNDS_MOST = 10;

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
  /** The server is found to have another text, which stands in `base` now and is part of the present one. */
  readonly rebased = new Signal();
  /** Nothing is under way any more: a save has come to its end, whichever it was. */
  readonly rested = new Signal();
  /** Nothing is saved any more. */
  readonly ended = new Signal<"dead" | "view">();
  /** Keeps what is unsaved in this browser: whether it could. */
  keep: () => Promise<boolean> = async () => false;
  readonly #page: Page;
  readonly #again = new Again();
  #format: Format;
  /** That of the server's text. */
  #savedFormat: Format;
  #version: Replaces;
  /** What the server holds, as far as it told us; nothing while the file is new. */
  #saved: Text | undefined;
  /** Whether the file was deleted elsewhere: what the server held last is not there any more. */
  #gone = false;
  #activity: "idle" | "saving" | "deciding" = "idle";
  #saveAgain = false;
  /** How often this save was brought together with a change from elsewhere. */
  #rounds = 0;
  #failed = false;
  /** Saves in a row without success. */
  #failures = 0;
  /** What was sent without an answer: it may have arrived all the same. */
  #unanswered: Text | undefined;
  /** Why nothing is saved any more. */
  #stopped: "dead" | "view" | undefined;
  /** Whether what is unsaved is kept in this browser. */
  #kept = false;

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
    if (this.#saved === undefined || this.#gone) return this.pane.text.length > 0;
    return !sameFormat(this.#format, this.#savedFormat) || !this.pane.text.eq(this.#saved);
  }

  /** Whether a save is under way, or the reader is being asked about one. */
  get busy(): boolean {
    return this.#activity !== "idle";
  }

  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Whether the last save failed, or a person has to decide first. */
  get failed(): boolean {
    return this.#failed;
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

  /** `asked`: by the reader, who is there to be asked back where the text cannot be merged with what the file holds by now. */
  async save(asked = true): Promise<void> {
    if (this.#stopped !== undefined) return;
    if (this.#activity === "saving") this.#saveAgain = true;
    if (this.#activity !== "idle") return;
    this.#again.cancel();
    if (!this.unsaved && this.#saved !== undefined) return this.#failed ? this.#calm() : undefined;
    this.saving.tell();
    this.#rounds = 0;
    await this.#send(asked);
    this.rested.tell();
  }

  async #send(asked: boolean): Promise<void> {
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
    if (this.#stopped === undefined) await this.#follow(answer, text, format, asked);
    else if (answer.kind === "stored") this.stand(text, answer.version, format);
    if (this.#stopped !== undefined) await this.#tellStopped();
  }

  /** Nothing is saved from now on; what is not saved is kept in this browser, and stays in sight. */
  async stop(why: "dead" | "view"): Promise<void> {
    if (this.#stopped === "dead") return;
    this.#stopped = why;
    this.#again.cancel();
    this.pane.lock();
    endConflict();
    this.ended.tell(why);
    // A save that is on its way is heard out first.
    if (this.#activity !== "saving") await this.#tellStopped();
  }

  /** This browser keeps nothing of it any more. */
  unkeep(): void {
    this.#kept = false;
    this.show();
  }

  /** Puts a text in, not saved yet; undo takes it back out. */
  putIn(text: string, lineSeparator: LineSeparator): void {
    if (this.#stopped !== undefined) return;
    const { state } = this.pane.view;
    const mixed = (separator: LineSeparator): boolean => separator === "mixed";
    if (mixed(lineSeparator) !== mixed(this.#format.lineSeparator)) {
      this.pane.show({ text, lineSeparator, writable: true });
    } else {
      const insert = state.toText(text);
      const { from, to, toOther } = differing(state.doc.toString(), insert.toString());
      const changes = { from, to, insert: insert.slice(from, toOther) };
      this.pane.view.dispatch({ changes, selection: { anchor: toOther }, scrollIntoView: true, userEvent: "restore" });
    }
    this.show();
  }

  download(): void {
    downloadCopy(this.#page.name, this.#bytes(this.pane.text));
  }

  /** The server holds `text` now, as `version`; `change` puts what is new in it into the present text. */
  rebase(text: Text, version: Replaces, change: () => void): void {
    this.#saved = text;
    this.#version = version;
    this.#gone = false;
    this.#failed = false;
    change();
    this.show();
    this.rebased.tell();
  }

  /** The file is not there any more; the next save asks whether to make it again. */
  lose(): void {
    this.#gone = true;
    this.show();
  }

  /** The server holds `text` now, as `version`. */
  stand(text: Text, version: Replaces, format = this.#format): void {
    this.#saved = text;
    this.#savedFormat = format;
    this.#version = version;
    this.#gone = false;
    this.#unanswered = undefined;
    this.#again.cancel();
    this.#calm();
    this.stood.tell();
  }

  /** Saves in place of `version`, which the reader has seen. */
  async replace(version: Replaces): Promise<void> {
    this.#version = version;
    if (version.kind === "nothing") this.#saved = undefined;
    this.#gone = false;
    this.#activity = "idle";
    await this.#send(true);
  }

  /** Sends the text, which was brought together with what the server holds, or finds that this is what it holds. */
  async sendMerged(asked: boolean): Promise<void> {
    this.#activity = "idle";
    const { text, version } = this.base;
    this.#rounds += 1;
    if (text !== undefined && !this.unsaved) this.stand(text, version);
    else if (this.#rounds > ROUNDS_MOST) this.fail({ text: words.merge.restless, again: true });
    else await this.#send(asked);
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
    if (this.#saved !== undefined && !this.#gone && !this.pending) return "saved";
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

  async #follow(answer: Stored, text: Text, format: Format, asked: boolean): Promise<void> {
    const again = this.#saveAgain;
    this.#saveAgain = false;
    if (answer.kind === "refused") {
      if (answer.status === 0) this.#unanswered = text;
      this.#refuse(answer);
    } else if (answer.kind === "changed") {
      if (!(await this.#arrived())) await this.#settle(asked);
      else if (this.unsaved) await this.#send(asked);
    } else {
      this.stand(text, answer.version, format);
      if (again && this.unsaved) await this.#send(asked);
    }
  }

  /** Says so, and tries again by itself where that may help. */
  #refuse({ status, waitSecs }: Refused): void {
    const ms = againMs(status, this.#failures, Math.random(), waitSecs);
    this.#failures += 1;
    this.fail(words.why.notSaved(status), ms === undefined ? words.tools.again : words.again.now);
    if (ms !== undefined) this.#again.in(ms, () => void this.save(false));
    this.refused.tell(status);
  }

  /** Whether the server holds what was sent before and not answered; the text in hand goes on from there. */
  async #arrived(): Promise<boolean> {
    const sent = this.#unanswered;
    if (sent === undefined) return false;
    this.#activity = "saving";
    const fetched = await this.remote.fetchFile();
    this.#activity = "idle";
    if (this.#stopped !== undefined || fetched.kind !== "file" || !sameBytes(fetched.bytes, this.#bytes(sent))) return false;
    this.stand(sent, fetched.version);
    return true;
  }

  /** Nothing is wrong any more. */
  #calm(): void {
    this.#failed = false;
    this.#failures = 0;
    hideNotice();
    this.show();
  }

  async #settle(asked: boolean): Promise<void> {
    this.#activity = "deciding";
    this.#failed = true;
    this.show();
    const goesOn = await settle(this, this.#page, asked);
    if (!goesOn) return;
    if (this.#activity === "deciding") this.#activity = "idle";
    this.show();
  }

  async #tellStopped(): Promise<void> {
    const why = this.#stopped;
    if (why === undefined) return;
    const lost = this.unsaved;
    this.#kept = lost && (await this.keep());
    const left = !lost ? "saved" : this.#kept ? "kept" : "here";
    const copy = { label: words.tools.download, run: () => this.download() };
    showNotice(why === "view" && !lost ? "calm" : "alarm", words.why.stopped(why, left), lost ? [copy] : []);
    this.show();
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
