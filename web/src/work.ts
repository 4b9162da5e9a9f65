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
import { Sent, type SentText, sameBytes } from "./sent.ts";
import { Signal } from "./signal.ts";
import { type State, showState } from "./status.ts";
import { type Decoded, encodeWhole, type Format, isUnicode, readAs, sameFormat, unencodable, type Unfit } from "./text/encoding.ts";
import type { Pane } from "./text/pane.ts";
import { type Advice, words } from "./words/words.ts";

export interface Begun {
  readonly format: Format;
  readonly version: Replaces;
}

/** A file that changes faster than this is left alone until the reader tries again. */
const ROUNDS_MOST = 10;

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
  /** Whether the reader asked for the save that is under way, at its beginning or since: who did is there to be asked back. */
  #asked = false;
  /** How often this save was brought together with a change from elsewhere. */
  #rounds = 0;
  #failed = false;
  /** Saves in a row without success. */
  #failures = 0;
  /** What was sent and not answered as saved: each may have arrived all the same. */
  readonly #sent = new Sent();
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
    this.#format = this.#savedFormat = begun.format;
    this.#version = begun.version;
    this.#saved = begun.version.kind === "nothing" ? undefined : pane.text;
    this.show();
  }

  /** Whether closing the window would lose something. */
  get pending(): boolean {
    return !this.#kept && this.unsaved;
  }

  /** Whether the text is another than the server's, or may be: what was sent and not answered may stand there by now. */
  get unsaved(): boolean {
    if (this.#sent.texts.length > 0) return true;
    if (this.#saved === undefined || this.#gone) return this.pane.text.length > 0;
    return !sameFormat(this.#format, this.#savedFormat) || !this.pane.text.eq(this.#saved);
  }

  /** Whether a save is under way, or the reader is being asked about one. */
  get busy(): boolean {
    return this.#activity !== "idle";
  }

  /** Whether the reader asked for what is under way. */
  get asked(): boolean {
    return this.#asked;
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
    this.#again.cancel();
    endConflict();
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
    if (!this.#over) showState(this.#state());
  }

  /** `asked`: by the reader, who is there to be asked back where the text cannot be merged with what the file holds by now. */
  async save(asked = true): Promise<void> {
    if (this.stopped) return;
    this.#asked = asked || (this.busy && this.#asked);
    if (this.#activity === "saving") this.#saveAgain = true;
    if (this.busy) return;
    this.#again.cancel();
    if (this.#nothingToSave) return this.#failed ? this.#calm() : undefined;
    this.saving.tell();
    this.#rounds = 0;
    try {
      // Tidied, it may be what the server has.
      if (this.#nothingToSave) this.#calm();
      else await this.#send();
    } catch (error) {
      // A mistake of ours: the text must not be left as one that is being saved for ever.
      reportError(error);
      this.#activity = "idle";
      this.fail(words.why.notSaved(0));
    }
    if (!this.#over) this.rested.tell();
  }

  /** The server has this text already; a new file, and one that is gone, can be empty and not there. */
  get #nothingToSave(): boolean {
    return !this.unsaved && this.#saved !== undefined && !this.#gone;
  }

  async #send(): Promise<void> {
    if (this.stopped) return;
    const text = this.pane.text;
    const format = this.#format;
    const unfit = this.#unfit(text);
    if (unfit !== undefined) {
      this.#failed = true;
      this.show();
      return this.unfit.tell(unfit);
    }
    const bytes = encodeWhole(text.toString(), format);
    if (bytes.length > this.#page.bodyLimitBytes) return this.fail(words.why.tooLarge(bytes.length, this.#page.bodyLimitBytes));
    this.#activity = "saving";
    this.#sent.add({ text, format });
    this.show();
    this.sending.tell();
    const answer = await this.remote.storeFile(bytes, this.#version);
    this.#activity = "idle";
    if (this.#over) return;
    if (this.#stopped === undefined) await this.#follow(answer, text, format);
    else if (answer.kind === "stored") this.stand(text, answer.version, format);
    if (this.#stopped !== undefined) await this.#tellStopped();
  }

  /** Nothing is saved from now on; what is not saved is kept in this browser, and stays in sight. */
  async stop(why: "dead" | "view"): Promise<void> {
    if (this.#stopped === "dead" || this.#over) return;
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
    this.#saved = version.kind === "nothing" ? undefined : this.pane.textOf(base);
    this.#savedFormat = from;
    this.#version = version;
    this.#gone = false;
    this.#sent.clear();
    this.putIn(text, format);
    this.rebased.tell();
  }

  /** These were sent before the page was opened, in place of the version at hand, and may still arrive. */
  expect(sent: readonly SentText[]): void {
    this.#sent.add(...sent);
  }

  /** Where lines end in another way in the pane itself. */
  #showAs(text: string, { lineSeparator }: Format): void {
    if ((lineSeparator === "mixed") !== (this.#format.lineSeparator === "mixed")) this.pane.show({ text, lineSeparator, writable: true });
  }

  download(): void {
    downloadCopy(this.#page.name, this.#bytes(this.pane.text));
  }

  /** The server holds `text` now, as `version`; `change` puts what is new in it into the present text. */
  rebase(text: Text, version: Replaces, change: () => void, format = this.#savedFormat): void {
    const failed = this.#failed;
    this.seen(version);
    this.#saved = text;
    this.#savedFormat = format;
    this.#version = version;
    this.#gone = false;
    this.#failed = false;
    change();
    if (!this.unsaved) {
      this.#again.cancel();
      // What was said of a save that failed is over.
      if (failed) this.#calm();
    }
    this.show();
    this.rebased.tell();
  }

  /** The file is not there any more; the next save asks whether to make it again. */
  lose(): void {
    this.#gone = true;
    this.seen({ kind: "nothing" });
    this.show();
    // From now on it is here alone.
    this.rebased.tell();
  }

  /** The server holds `text` now, as `version`. */
  stand(text: Text, version: Replaces, format = this.#format): void {
    // From now on the server's bytes are of this encoding, which they need not tell by themselves.
    if (format.encoding !== this.#savedFormat.encoding) readAs({ first: format.encoding });
    this.#saved = text;
    this.#savedFormat = format;
    this.#version = version;
    this.#gone = false;
    this.#sent.clear();
    this.#again.cancel();
    this.#calm();
    this.stood.tell();
  }

  /** Saves in place of `version`, which the reader has seen. */
  async replace(version: Replaces): Promise<void> {
    this.#version = version;
    // Should this fail, no text of ours is the one that the server holds.
    this.#saved = undefined;
    this.#gone = false;
    this.#activity = "idle";
    this.#asked = true;
    await this.#send();
  }

  /** Sends the text, which was brought together with what the server holds, or finds that this is what it holds. */
  async sendMerged(): Promise<void> {
    this.#activity = "idle";
    const { text, version } = this.base;
    this.#rounds += 1;
    if (text !== undefined && !this.unsaved) this.stand(text, version);
    else if (this.#rounds > ROUNDS_MOST) this.fail({ text: words.merge.restless, again: true });
    else await this.#send();
  }

  /** What was sent and is not known to have arrived. */
  get unanswered(): readonly SentText[] {
    return this.#sent.texts;
  }

  /** Takes bytes that the server holds for ours where we sent them without being told that they arrived: the text goes on from there. */
  arrived(bytes: Uint8Array, version: Replaces): boolean {
    const sent = this.#sent.find(bytes);
    if (sent !== undefined) this.stand(sent.text, version, sent.format);
    else this.seen(version);
    return sent !== undefined;
  }

  /** The server holds this version, which is none of ours: what was sent in place of a former one cannot arrive any more. */
  seen(version: Replaces): void {
    if (!sameVersion(version, this.#version)) this.#sent.clear();
  }

  /** Whether a save would write these bytes. */
  encodes(bytes: Uint8Array): boolean {
    return sameBytes(bytes, this.#bytes(this.pane.text));
  }

  fail(advice: Advice, retry = words.tools.again): void {
    if (this.stopped) return;
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
    return encodeWhole(text.toString(), this.#format);
  }

  #unfit(text: Text): Unfit | undefined {
    const { encoding } = this.#format;
    return isUnicode(encoding) ? undefined : unencodable(text.toString(), encoding);
  }

  async #follow(answer: Stored, text: Text, format: Format): Promise<void> {
    const again = this.#saveAgain;
    this.#saveAgain = false;
    if (answer.kind === "refused") {
      this.#sent.refused(answer.status);
      this.refuse(answer);
    } else if (answer.kind === "changed") {
      await this.#settle();
    } else {
      this.stand(text, answer.version, format);
      if (again && this.unsaved) await this.#send();
    }
  }

  /** Says so, and tries again by itself where that may help. */
  refuse({ status, waitSecs }: Refused): void {
    const ms = againMs(status, this.#failures, Math.random(), waitSecs);
    this.#failures += 1;
    this.fail(words.why.notSaved(status), ms === undefined ? words.tools.again : words.again.now);
    if (ms !== undefined) this.#again.in(ms, () => void this.save(false));
    this.refused.tell(status);
  }

  /** Nothing is wrong any more. */
  #calm(): void {
    this.#failed = false;
    this.#failures = 0;
    hideNotice();
    this.show();
  }

  async #settle(): Promise<void> {
    this.#activity = "deciding";
    this.#failed = true;
    this.show();
    const goesOn = await settle(this, this.#page);
    if (!goesOn || this.#over) return;
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

function sameVersion(a: Replaces, b: Replaces): boolean {
  return a.kind === "revision" ? b.kind === "revision" && a.etag === b.etag : b.kind === "nothing";
}
