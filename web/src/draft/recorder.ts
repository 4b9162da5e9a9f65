// What is typed and not saved is written down as it is typed: a draft when the text first differs, then each change as it is made.
// It must never wait for a pause, hold up a key, or leave a draft of what the server has.

import type { ChangeSet, Text } from "@codemirror/state";
import type { ViewUpdate } from "@codemirror/view";

import type { Page } from "../page.ts";
import { Signal } from "../signal.ts";
import type { Decoded, Format } from "../text/encoding.ts";
import type { Work } from "../work.ts";
import type { folded, whole } from "./journal.ts";
import { type Change, type Draft, Store } from "./store.ts";

/** So many changes become one when the typing pauses, and at the latest at so many. */
const MANY = 500;
const TOO_MANY = 5_000;
const PAUSE_MS = 1_000;
/** After a write that failed, a whole draft is not tried again at every key. */
const PATIENCE_MS = 10_000;

/** "nothing": all is saved. "lost": this browser keeps nothing. "forgotten": it is to keep nothing. */
export type Keeping = "nothing" | "kept" | "lost" | "forgotten";

/** What makes one change of two texts, or of many changes: part of what comes with CodeMirror. */
interface Writes {
  readonly whole: typeof whole;
  readonly folded: typeof folded;
}

export class Recorder {
  readonly changed = new Signal<Keeping>();
  readonly #page: Page;
  readonly #tab: string;
  #store: Promise<Store>;
  #opened: (Writes & { readonly store: Store }) | undefined;
  #work: Work | undefined;
  #keeping: Keeping = "nothing";
  /** The draft that is being written. */
  #draft: string | undefined;
  #drafts = 0;
  /** The text as it has been written down. */
  #written: Text | undefined;
  #seq = 0;
  /** What has been written down: the first is all that was made one. */
  #changes: ChangeSet[] = [];
  /** The file's text as it came, which need not be put together again. */
  #came: { readonly text: Text | undefined; readonly base: string } | undefined;
  /** Drafts whose text is in this one now: erased together with its being written. */
  #taken: string[] = [];
  #last: Promise<boolean> = Promise.resolve(true);
  #triedAt = -Infinity;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(page: Page, tab: string) {
    this.#page = page;
    this.#tab = tab;
    this.#store = this.#open();
    this.#store.catch(() => undefined);
  }

  /** Where unsaved texts are kept; fails where this browser keeps nothing. */
  get store(): Promise<Store> {
    return this.#store;
  }

  get keeping(): Keeping {
    return this.#keeping;
  }

  /** From now on it is about this text, which came as `file`. */
  follow(work: Work, file: Decoded): void {
    this.#work = work;
    const { text } = work.base;
    this.#came = text?.length === file.text.length && file.lineSeparator !== "\r" ? { text, base: file.text } : undefined;
    // Whatever it is to be written as comes back too.
    work.converted.on(() => work === this.#work && this.begin());
    this.begin();
  }

  /** What is shown now is only read. */
  leave(): void {
    this.#erase();
    this.#work = undefined;
  }

  /** The text changed. */
  note(update: ViewUpdate): void {
    if (this.#work === undefined || this.#work.over || this.#keeping === "forgotten") return;
    if (!this.#work.unsaved) return this.#erase();
    // Other contents were shown in between, which is no change of the text.
    if (this.#draft === undefined || update.startState.doc !== this.#written) return this.begin(update);
    this.#append(update);
  }

  /** Writes a draft anew, from what the server has and the text as it is, or this first change; none where they are the same. */
  begin(update?: ViewUpdate): void {
    const work = this.#work;
    if (work === undefined || work.over || this.#keeping === "forgotten") return;
    if (!work.unsaved) return this.#erase();
    if (this.#opened === undefined || performance.now() < this.#triedAt + PATIENCE_MS) return;
    this.#giveUp();
    const others = [...this.#taken];
    const { keyId: key, fileId: file, name } = this.#page;
    const { text, version, format: from } = work.base;
    const base = this.#came !== undefined && this.#came.text === text ? this.#came.base : (text?.toString() ?? "");
    const etag = version.kind === "revision" ? version.etag : null;
    const id = `${this.#tab}-${++this.#drafts}`;
    const { doc } = work.pane.view.state;
    const { whole } = this.#opened;
    const change = text !== undefined && update?.startState.doc.eq(text) ? update.changes : whole(base, doc);
    const sent = work.held.sent.texts.map((each) => ({ changes: (each.text.eq(doc) ? change : whole(base, each.text)).toJSON(), format: bare(each.format) }));
    const draft: Draft = { id, tab: this.#tab, key, file, name, at: Date.now(), base, etag, format: bare(work.format), from: bare(from), sent };
    this.#draft = id;
    this.#seq = 0;
    this.#changes = [change];
    const writing = this.#opened.store.write(draft, this.#next(change, doc), others);
    this.#wrote(
      writing.then(() => {
        this.#taken = this.#taken.filter((taken) => !others.includes(taken));
      }),
    );
  }

  /** Puts a draft's text in hand here; it goes from under its own name as soon as it is written down under this tab's. */
  take(draft: string, putIn: () => void): void {
    this.#taken.push(draft);
    putIn();
    if (this.#taken.length > 0) this.begin();
  }

  /** Whether all that is unsaved has been written down, as soon as that is known. */
  async kept(): Promise<boolean> {
    if (this.#work?.unsaved !== true) return true;
    if (this.#draft === undefined) {
      await this.#store.catch(() => undefined);
      this.#triedAt = -Infinity;
      this.begin();
    }
    return this.#draft !== undefined && (await this.#last);
  }

  /** Nothing of what is written here is kept, now and later. */
  forget(): void {
    this.#erase();
    this.#tell("forgotten");
  }

  #append(update: ViewUpdate): void {
    if (this.#opened === undefined || this.#draft === undefined) return;
    this.#changes.push(update.changes);
    this.#wrote(this.#opened.store.append(this.#next(update.changes, update.state.doc)));
    if (this.#changes.length < MANY) return;
    clearTimeout(this.#pause);
    if (this.#changes.length >= TOO_MANY) this.#compact();
    else this.#pause = setTimeout(() => this.#compact(), PAUSE_MS);
  }

  #compact(): void {
    if (this.#opened === undefined || this.#draft === undefined || this.#written === undefined) return;
    const change = this.#opened.folded(this.#changes);
    this.#changes = [change];
    this.#wrote(this.#opened.store.compact(this.#next(change, this.#written)));
  }

  #erase(): void {
    this.#giveUp();
    // What cannot be erased is offered once more, which loses nothing.
    if (this.#opened !== undefined && this.#taken.length > 0) void this.#opened.store.erase(this.#taken.splice(0)).catch(() => undefined);
    if (this.#keeping !== "lost") this.#tell("nothing");
  }

  /** The next one to be written, after which the text is this. */
  #next(change: ChangeSet, text: Text): Change {
    this.#written = text;
    this.#seq += 1;
    return { draft: this.#draft ?? "", seq: this.#seq, at: Date.now(), changes: change.toJSON() };
  }

  #wrote(writing: Promise<void>): void {
    const draft = this.#draft;
    this.#last = writing.then(
      () => {
        if (this.#draft === draft) this.#tell("kept");
        return true;
      },
      () => {
        // Without it what follows would not fit: begun anew, though not at every key.
        if (this.#draft === draft) this.#lose();
        return false;
      },
    );
  }

  /** What was written so far stands until another one is written in its place, or it is erased. */
  #giveUp(): void {
    if (this.#draft !== undefined) this.#taken.push(this.#draft);
    this.#draft = undefined;
    this.#changes = [];
    clearTimeout(this.#pause);
  }

  #lose(): void {
    this.#giveUp();
    this.#triedAt = performance.now();
    this.#tell("lost");
  }

  async #open(): Promise<Store> {
    try {
      const [store, { folded, whole }] = await Promise.all([Store.open(), import("../text/parts.ts")]);
      store.ended = (why) => this.#ended(why);
      this.#opened = { store, folded, whole };
      this.begin();
      return store;
    } catch (error) {
      this.#tell("lost");
      throw error;
    }
  }

  #ended(why: "forgotten" | "closed"): void {
    this.#opened = undefined;
    this.#giveUp();
    if (why === "forgotten") return this.forget();
    this.#store = this.#open();
    this.#store.catch(() => undefined);
  }

  #tell(keeping: Keeping): void {
    if (this.#keeping === keeping || this.#keeping === "forgotten") return;
    this.#keeping = keeping;
    this.changed.tell(keeping);
  }
}

/** Without the text that it may have come with. */
function bare({ encoding, bom, lineSeparator }: Format): Format {
  return { encoding, bom, lineSeparator };
}
