// The text in hand: how it is to be written, whether the server has it, what is put into it, and what the reader is told of that.
// It must never drop a text that the server has not taken, nor say "saved" of one.

import type { Text } from "@codemirror/state";

import { downloadCopy } from "./download.ts";
import { differing } from "./draft/differing.ts";
import { type Base, Held } from "./held.ts";
import { endConflict } from "./merge/conflict.ts";
import { type Action, hideNotice, showNotice } from "./notice.ts";
import type { Page } from "./page.ts";
import type { Remote, Replaces } from "./remote.ts";
import { Saves } from "./saves.ts";
import { sameBytes } from "./sent.ts";
import { Signal } from "./signal.ts";
import { type State, showState } from "./status.ts";
import { type Decoded, encodeWhole, type Format, sameFormat, type Unfit } from "./text/encoding.ts";
import type { Pane } from "./text/pane.ts";
import { type Advice, words } from "./words/words.ts";

export interface Begun {
  readonly format: Format;
  readonly version: Replaces;
}

/** A text that began from another version than the one at hand. */
export interface Resumed {
  readonly text: string;
  readonly base: string;
  /** How `base` was written, and how `text` is to be. */
  readonly from: Format;
  readonly format: Format;
  readonly version: Replaces;
}

/** Begins anew with another version; the present text stays within reach of undo where it can. */
export type Begin = (file: Decoded, version: Replaces, bytes: Uint8Array<ArrayBuffer>) => void;

export class Work {
  readonly remote: Remote;
  readonly pane: Pane;
  readonly begin: Begin;
  readonly held: Held;
  readonly saves: Saves;
  /** About to be saved: the last moment to tidy the text. */
  readonly saving = new Signal();
  /** It is sent now: from here on it may stand on the server, whether or not an answer comes. */
  readonly sending = new Signal();
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
  #format: Format;
  /** Whether another one has taken over what is shown. */
  #over = false;
  /** Why nothing is saved any more. */
  #stopped: "dead" | "view" | undefined;
  /** Whether what is unsaved is kept in this browser. */
  #kept = false;

  constructor(page: Page, remote: Remote, pane: Pane, begun: Begun, begin: Begin) {
    this.#page = page;
    this.remote = remote;
    this.pane = pane;
    this.begin = begin;
    this.#format = begun.format;
    this.held = new Held({ text: begun.version.kind === "nothing" ? undefined : pane.text, ...begun });
    this.saves = new Saves(this, page, remote);
    this.show();
  }

  /** Whether closing the window would lose something. */
  get pending(): boolean {
    return !this.#kept && this.unsaved;
  }

  /** Whether the text is another than the server's, or may be: what was sent and not answered may stand there by now. */
  get unsaved(): boolean {
    return this.held.differs(this.pane.text, this.#format);
  }

  /** The server has this text already; a new file, and one that is gone, can be empty and not there. */
  get nothingToSave(): boolean {
    return !this.unsaved && this.held.there;
  }

  /** Whether a save is under way, or the reader is being asked about one. */
  get busy(): boolean {
    return this.saves.activity !== "idle";
  }

  /** Whether the reader asked for what is under way. */
  get asked(): boolean {
    return this.saves.asked;
  }

  get stopped(): boolean {
    return this.#stopped !== undefined || this.#over;
  }

  /** Whether nothing of what is shown is its own any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Another work is about what is shown from now on: nothing of this one is sent, told or shown any more. */
  end(): void {
    this.#over = true;
    this.saves.cancel();
    endConflict();
  }

  /** Whether the last save failed, or a person has to decide first. */
  get failed(): boolean {
    return this.saves.failed;
  }

  get format(): Format {
    return this.#format;
  }

  /** The text that the server holds, as far as it told us, and its version. */
  get base(): Base {
    return this.held.base;
  }

  /** From now on the text is written in this format; what cannot be undone by undo is done back by another conversion. */
  convert(format: Format): void {
    this.#format = format;
    this.converted.tell(format);
    this.show();
  }

  show(): void {
    if (!this.#over) showState(this.#state());
  }

  /** `asked`: by the reader, who is there to be asked back where the text cannot be merged with what the file holds by now. */
  async save(asked = true): Promise<void> {
    if (!this.stopped) await this.saves.save(asked);
  }

  /** Nothing is saved from now on; what is not saved is kept in this browser, and stays in sight. */
  async stop(why: "dead" | "view"): Promise<void> {
    if (this.#stopped === "dead" || this.#over) return;
    this.#stopped = why;
    this.saves.cancel();
    this.pane.lock();
    endConflict();
    this.ended.tell(why);
    // A save that is on its way is heard out first.
    if (this.saves.activity !== "saving") await this.tellStopped();
  }

  /** This browser keeps nothing of it any more. */
  unkeep(): void {
    this.#kept = false;
    this.show();
  }

  /** Puts a text in, not saved yet, to be written in this format; undo takes the text back out. */
  putIn(text: string, format: Format = this.#format): void {
    if (this.stopped) return;
    this.#showAs(text, format);
    const { state } = this.pane.view;
    const insert = state.toText(text);
    if (!insert.eq(state.doc)) {
      const { from, to, toOther } = differing(state.doc.toString(), insert.toString());
      const changes = { from, to, insert: insert.slice(from, toOther) };
      this.pane.view.dispatch({ changes, selection: { anchor: toOther }, scrollIntoView: true, userEvent: "restore" });
    }
    if (sameFormat(format, this.#format)) this.show();
    else this.convert(format);
  }

  /** Goes on with a text that began from another version: what the file holds by now is met as any change from elsewhere. */
  resume({ text, base, from, format, version }: Resumed): void {
    if (this.stopped) return;
    this.#showAs(base, format);
    this.held.take({ text: version.kind === "nothing" ? undefined : this.pane.textOf(base), format: from, version });
    this.held.sent.clear();
    this.putIn(text, format);
    this.rebased.tell();
  }

  /** Where lines end in another way in the pane itself. */
  #showAs(text: string, { lineSeparator }: Format): void {
    if ((lineSeparator === "mixed") !== (this.#format.lineSeparator === "mixed")) this.pane.show({ text, lineSeparator, writable: true });
  }

  download(): void {
    downloadCopy(this.#page.name, this.#bytes(this.pane.text));
  }

  /** The server holds `text` now, as `version`; `change` puts what is new in it into the present text. */
  rebase(text: Text, version: Replaces, change: () => void, format = this.base.format): void {
    const { failed } = this;
    this.held.take({ text, format, version });
    this.saves.forgive();
    change();
    if (!this.unsaved) {
      this.saves.cancel();
      // What was said of a save that failed is over.
      if (failed) this.calm();
    }
    this.show();
    this.rebased.tell();
  }

  /** The file is not there any more; the next save asks whether to make it again. */
  lose(): void {
    this.held.lose();
    this.show();
    // From now on it is here alone.
    this.rebased.tell();
  }

  /** The server holds `text` now, as `version`. */
  stand(text: Text, version: Replaces, format = this.#format): void {
    this.held.stand({ text, format, version });
    this.calm();
    this.stood.tell();
  }

  /** Takes bytes that the server holds for ours where we sent them without being told that they arrived: the text goes on from there. */
  arrived(bytes: Uint8Array, version: Replaces): boolean {
    const sent = this.held.ours(bytes);
    if (sent !== undefined) this.stand(sent.text, version, sent.format);
    else this.held.seen(version);
    return sent !== undefined;
  }

  /** Whether a save would write these bytes. */
  encodes(bytes: Uint8Array): boolean {
    return sameBytes(bytes, this.#bytes(this.pane.text));
  }

  fail(advice: Advice, retry = words.tools.again): void {
    if (this.stopped) return;
    this.saves.fail();
    const actions: Action[] = [{ label: words.tools.download, run: () => this.download() }];
    if (advice.again) actions.unshift({ label: retry, run: () => void this.save() });
    showNotice("alarm", advice.text, actions);
    this.show();
  }

  #state(): State {
    const saving = this.saves.activity === "saving";
    if (this.#stopped !== undefined && !saving) return this.#stopped === "dead" ? "ended" : "view";
    if (saving) return "saving";
    if (this.held.there && !this.pending) return "saved";
    if (this.failed) return "failed";
    return this.base.text === undefined && !this.pending ? "new" : "unsaved";
  }

  #bytes(text: Text): Uint8Array<ArrayBuffer> {
    return encodeWhole(text.toString(), this.#format);
  }

  /** Nothing is wrong any more. */
  calm(): void {
    this.saves.succeed();
    hideNotice();
    this.show();
  }

  /** Why nothing is saved any more, and what became of what was not. */
  async tellStopped(): Promise<void> {
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
