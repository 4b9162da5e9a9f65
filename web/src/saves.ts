// The saves of the text in hand, one after the other: sent, answered or not, tried again, and brought together with what the server has by then.
// It must never send a text that it has not been asked to save, nor two at a time.

import type { Text } from "@codemirror/state";

import { Again } from "./draft/again.ts";
import { againMs } from "./draft/again-after.ts";
import { settle } from "./merge/settle.ts";
import type { Page } from "./page.ts";
import type { Refused, Remote, Replaces, Stored } from "./remote.ts";
import { encodeWhole, type Format, isUnicode, unencodable, type Unfit } from "./text/encoding.ts";
import { words } from "./words/words.ts";
import type { Work } from "./work.ts";

/** A file that changes faster than this is left alone until the reader tries again. */
const ROUNDS_MOST = 10;

export class Saves {
  readonly #work: Work;
  readonly #page: Page;
  readonly #remote: Remote;
  readonly #again = new Again();
  #activity: "idle" | "saving" | "deciding" = "idle";
  #saveAgain = false;
  #asked = false;
  /** How often this save was brought together with a change from elsewhere. */
  #rounds = 0;
  #failed = false;
  /** Saves in a row without success. */
  #failures = 0;

  constructor(work: Work, page: Page, remote: Remote) {
    this.#work = work;
    this.#page = page;
    this.#remote = remote;
  }

  get activity(): "idle" | "saving" | "deciding" {
    return this.#activity;
  }

  /** Whether the reader asked for the one that is under way, at its beginning or since: who did is there to be asked back. */
  get asked(): boolean {
    return this.#asked;
  }

  /** Whether the last one failed, or a person has to decide first. */
  get failed(): boolean {
    return this.#failed;
  }

  fail(): void {
    this.#failed = true;
  }

  /** Nothing is wrong any more, and nothing is tried again; whether something was wrong. */
  succeed(): boolean {
    const failed = this.#failed;
    this.#failed = false;
    this.#failures = 0;
    this.#again.cancel();
    return failed;
  }

  /** What failed is not wrong of what is in hand now. */
  forgive(): void {
    this.#failed = false;
  }

  /** Nothing is tried again by itself. */
  cancel(): void {
    this.#again.cancel();
  }

  /** `asked`: by the reader, who is there to be asked back where the text cannot be merged with what the file holds by now. */
  async save(asked: boolean): Promise<void> {
    const work = this.#work;
    const busy = this.#activity !== "idle";
    this.#asked = asked || (busy && this.#asked);
    if (this.#activity === "saving") this.#saveAgain = true;
    if (busy) return;
    this.#again.cancel();
    if (work.nothingToSave) return this.#failed ? work.calm() : undefined;
    work.saving.tell();
    this.#rounds = 0;
    try {
      // Tidied, it may be what the server has.
      if (work.nothingToSave) work.calm();
      else await this.#send();
    } catch (error) {
      // A mistake of ours: the text must not be left as one that is being saved for ever.
      reportError(error);
      this.#activity = "idle";
      work.fail(words.why.notSaved(0));
    }
    if (!work.over) work.rested.tell();
  }

  /** Saves in place of `version`, which the reader has seen. */
  async replace(version: Replaces): Promise<void> {
    this.#work.held.replace(version);
    this.#activity = "idle";
    this.#asked = true;
    await this.#send();
  }

  /** Sends the text, which was brought together with what the server holds, or finds that this is what it holds. */
  async sendMerged(): Promise<void> {
    const work = this.#work;
    this.#activity = "idle";
    const { text, version } = work.base;
    this.#rounds += 1;
    if (text !== undefined && !work.unsaved) work.stand(text, version);
    else if (this.#rounds > ROUNDS_MOST) work.fail({ text: words.merge.restless, again: true });
    else await this.#send();
  }

  /** Says so, and tries again by itself where that may help. */
  refuse({ status, waitSecs }: Refused): void {
    const ms = againMs(status, this.#failures, Math.random(), waitSecs);
    this.#failures += 1;
    this.#work.fail(words.why.notSaved(status), ms === undefined ? words.tools.again : words.again.now);
    if (ms !== undefined) this.#again.in(ms, () => void this.#work.save(false));
    this.#work.refused.tell(status);
  }

  async #send(): Promise<void> {
    const work = this.#work;
    if (work.stopped) return;
    const { format, held, pane: { text } } = work;
    const unfit = unfitOf(text, format);
    if (unfit !== undefined) {
      this.#failed = true;
      work.show();
      return work.unfit.tell(unfit);
    }
    const bytes = encodeWhole(text.toString(), format);
    if (bytes.length > this.#page.bodyLimitBytes) return work.fail(words.why.tooLarge(bytes.length, this.#page.bodyLimitBytes));
    this.#activity = "saving";
    held.sent.add({ text, format });
    work.show();
    work.sending.tell();
    const answer = await this.#remote.storeFile(bytes, held.base.version);
    this.#activity = "idle";
    if (work.over) return;
    if (!work.stopped) await this.#follow(answer, text, format);
    else if (answer.kind === "stored") work.stand(text, answer.version, format);
    if (work.stopped) await work.tellStopped();
  }

  async #follow(answer: Stored, text: Text, format: Format): Promise<void> {
    const work = this.#work;
    const again = this.#saveAgain;
    this.#saveAgain = false;
    if (answer.kind === "refused") {
      work.held.sent.refused(answer.status);
      this.refuse(answer);
    } else if (answer.kind === "changed") {
      await this.#settle();
    } else {
      work.stand(text, answer.version, format);
      if (again && work.unsaved) await this.#send();
    }
  }

  async #settle(): Promise<void> {
    const work = this.#work;
    this.#activity = "deciding";
    this.#failed = true;
    work.show();
    const goesOn = await settle(work, this.#page);
    if (!goesOn || work.over) return;
    if (this.#activity === "deciding") this.#activity = "idle";
    work.show();
  }
}

function unfitOf(text: Text, { encoding }: Format): Unfit | undefined {
  return isUnicode(encoding) ? undefined : unencodable(text.toString(), encoding);
}
