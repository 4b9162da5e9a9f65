// The file changed elsewhere while it is open: the page takes that up by itself where it can, and says so where it cannot.
// It must never put anything into the text while someone composes a character, while a save is under way, or after the key
// has ended; nor fetch the file because of our own save.

import type { Editor, Opened } from "../feature.ts";
import { type Action, hideNotice, showNotice, thisNotice } from "../notice.ts";
import type { Found, Replaces } from "../remote.ts";
import { decode } from "../text/encoding.ts";
import { words } from "../words/words.ts";
import { showPresence } from "./presence.ts";

/** As long as a program takes that writes a file in several steps. */
const SETTLES_MS = 100;
/** A file that is replaced by hand, or by vim, is not there for a moment. */
const GONE_AFTER_MS = 800;
const AGAIN_MS = 200;
/** Looking takes at most this share of the time, however fast a large file changes. */
const SHARE = 4;
/** Stands for the version of a file that is not there. */
const GONE = "";
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/** What was said of the file, and when. */
interface Told {
  readonly revision: string | undefined;
  readonly at: number;
}

export function followFile(editor: Editor): void {
  const outside = new Outside(editor);
  editor.told.on((told) => {
    if (told.state === "file") outside.tell(told.revision);
    if (told.state === "presence") showPresence(told.others);
    if (told.state === "dead") outside.end();
  });
  editor.shown.on((opened) => outside.shown(opened));
}

class Outside {
  readonly #editor: Editor;
  /** What we were told last; nothing before that. */
  #told: Told | undefined;
  /** What we were told last before the text was sent: where that text stands on the server, it is news no longer. */
  #before: Told | undefined;
  /** The version that could not be taken up: nothing more is done about it until one of the two texts is another. */
  #left: string | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #looking = false;
  #notBefore = 0;
  #failures = 0;
  #ended = false;
  #pane: Opened["pane"] | undefined;
  #work: Opened["work"];
  #hide: (() => void) | undefined;
  /** Whether a caret is to be put back when a version that began anew is shown. */
  #back: { readonly head: number; readonly top: number } | undefined;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  tell(revision: string | undefined): void {
    this.#told = { revision, at: performance.now() };
    this.#soon(SETTLES_MS);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#waiting);
    showPresence(0);
  }

  shown({ pane, work }: Opened): void {
    this.#left = undefined;
    if (pane !== this.#pane) pane.typed.on(() => {
      if (this.#left !== undefined && this.#editor.opened?.work?.unsaved === false) this.#soon(0);
    });
    this.#pane = pane;
    if (work !== undefined && work !== this.#work) {
      work.rested.on(() => this.#soon(0));
      work.sending.on(() => (this.#before = this.#told));
      work.stood.on(() => {
        this.#left = undefined;
        if (this.#told === this.#before) this.#told = undefined;
      });
    }
    this.#work = work;
    if (this.#back !== undefined) {
      const { head, top } = this.#back;
      this.#back = undefined;
      pane.view.dispatch({ selection: { anchor: Math.min(head, pane.text.length) } });
      requestAnimationFrame(() => (pane.view.scrollDOM.scrollTop = top));
    }
    this.#soon(0);
  }

  #soon(wait: number): void {
    clearTimeout(this.#waiting);
    if (this.#ended) return;
    this.#waiting = setTimeout(() => void this.#look(), Math.max(wait, this.#notBefore - performance.now()));
  }

  async #look(): Promise<void> {
    const { opened } = this.#editor;
    const told = this.#told;
    if (opened === undefined || told === undefined || this.#ended || this.#looking) return;
    if (!this.#free(opened)) return;
    const known = tagOf(opened.work?.base.version ?? opened.version);
    if (told.revision === undefined) return this.#gone(opened, known, told.at);
    if (told.revision === known) return this.#isHere(opened);
    if (told.revision === this.#left && opened.work?.unsaved === true) return;
    this.#looking = true;
    const since = performance.now();
    try {
      const coming = import("./take.ts").catch(() => undefined);
      const found = await this.#editor.remote.fetchUpTo(this.#editor.page.bodyLimitBytes);
      const take = await coming;
      const now = this.#editor.opened;
      if (take === undefined || found.kind === "refused") this.#retry();
      // Meanwhile a save may have begun, or another version: then it is looked at again when that is over.
      else if (now === opened && this.#free(now)) this.#met(now, found, take);
      else this.#soon(AGAIN_MS);
    } finally {
      this.#looking = false;
      const took = performance.now() - since;
      this.#notBefore = performance.now() + took * SHARE;
      if (this.#told !== told) this.#soon(SETTLES_MS);
    }
  }

  /** Whether the text may be changed at this moment; else it is tried again. */
  #free({ pane, work }: Opened): boolean {
    // The end of a save is heard.
    if (work?.busy === true) return false;
    if (pane.view.composing) {
      this.#soon(AGAIN_MS);
      return false;
    }
    // What is not saved under a key that ended stays as it is.
    return work === undefined || !work.stopped || !work.unsaved;
  }

  #met(opened: Opened, found: Exclude<Found, { kind: "refused" }>, take: typeof import("./take.ts")): void {
    this.#failures = 0;
    const known = tagOf(opened.work?.base.version ?? opened.version);
    if (found.kind === "absent") {
      this.#told = { revision: undefined, at: this.#told?.revision === undefined ? this.#told?.at ?? 0 : performance.now() };
      return this.#soon(GONE_AFTER_MS);
    }
    if (tagOf(found.version) === known) return this.#isHere(opened);
    const { work } = opened;
    const own = work !== undefined && !work.stopped && work.unsaved;
    if (found.kind === "large") {
      if (!own) return this.#anew(opened, () => void this.#editor.reopen());
      work.held.seen(found.version);
      return this.#leave(found.version, words.merge.tooLarge, [{ label: words.tools.download, run: () => work.download() }]);
    }
    if (work === undefined || work.stopped) return this.#onlyRead(opened, found, take);
    // Our own save, whose answer was lost. What was typed since was to be saved too where that was tried and failed.
    const { failed } = work;
    if (work.arrived(found.bytes, found.version)) return failed && work.unsaved ? void work.save(false) : undefined;
    const meeting = take.meet(work, found.bytes);
    const decide = { label: words.merge.decide, run: () => void work.save() };
    if (meeting.kind === "conflict") return this.#leave(found.version, words.merge.conflict, [decide]);
    if (meeting.kind === "unlike" && own) return this.#leave(found.version, words.merge.unlikeYours, [decide]);
    if (meeting.kind === "unlike") {
      return this.#anew(opened, () => {
        if (meeting.decoded.editable) this.#say("calm", words.merge.otherKind, [this.#close()]);
        this.#editor.begin(meeting.decoded, found.version, found.bytes);
      });
    }
    this.#left = undefined;
    take.takeIn(work, meeting, found.version);
    this.#editor.adopt(found.bytes, found.version);
    this.#hide?.();
    if (work.unsaved && take.countMarked(opened.pane) > 0) this.#sayMerged(opened, take);
  }

  #onlyRead(opened: Opened, { bytes, version }: Extract<Found, { kind: "file" }>, take: typeof import("./take.ts")): void {
    const decoded = decode(bytes);
    // What was too large to be edited, or no text, may be edited now.
    const { work } = opened;
    const mayEdit = work === undefined && this.#editor.mayEdit;
    if (mayEdit || !opened.file.editable || !take.alike(decoded, work?.base.format ?? opened.file)) {
      return this.#anew(opened, () => this.#editor.begin(decoded, version, bytes));
    }
    const follow = (): void => take.follow(opened.pane, decoded.text);
    // Else it would be taken for a text that somebody wrote here.
    if (work === undefined) follow();
    else work.rebase(opened.pane.textOf(decoded.text), version, follow);
    this.#editor.adopt(bytes, version);
    this.#hide?.();
  }

  #sayMerged({ pane }: Opened, take: typeof import("./take.ts")): void {
    this.#say("calm", words.merge.merged(take.countMarked(pane)), [
      { label: words.merge.show, run: () => take.showMarked(pane) },
      {
        label: words.merge.takeOut,
        run: () => {
          take.takeOut(pane);
          this.#say("calm", words.merge.takenOut, [this.#close()]);
        },
      },
      {
        label: words.merge.close,
        run: () => {
          this.#hide?.();
          take.clearMarks(pane);
        },
      },
    ]);
  }

  /** The two stay apart until the reader says what is to be; a save that is asked for says so too. */
  #leave(version: Replaces, text: string, actions: Parameters<typeof showNotice>[2]): void {
    this.#left = tagOf(version);
    this.#say("alarm", text, actions);
  }

  #anew({ pane }: Opened, begin: () => void): void {
    // Whatever was said was said of the version before.
    hideNotice();
    this.#back = { head: pane.view.state.selection.main.head, top: pane.view.scrollDOM.scrollTop };
    begin();
  }

  #gone({ work }: Opened, known: string | undefined, since: number): void {
    // A new file is not there yet; and what was said already need not be said again.
    if (known === undefined || this.#left === GONE) return;
    const left = since + GONE_AFTER_MS - performance.now();
    if (left > 0) return this.#soon(left);
    this.#left = GONE;
    if (work !== undefined && !work.stopped) work.lose();
    if (work === undefined || work.stopped) return this.#say("calm", words.merge.gone, []);
    const makeAgain = { label: words.merge.makeAgain, run: () => void work.save() };
    this.#say("calm", words.merge.gone, [makeAgain, { label: words.tools.download, run: () => work.download() }]);
  }

  /** The text is that of the file, or is to replace it: nothing was missed, or it is there again as it was. */
  #isHere({ work }: Opened): void {
    if (this.#left === undefined) return;
    const wasGone = this.#left === GONE;
    this.#left = undefined;
    this.#hide?.();
    const base = work?.base;
    if (wasGone && work !== undefined && base?.text !== undefined && !work.stopped) work.rebase(base.text, base.version, () => undefined);
  }

  #retry(): void {
    this.#soon(Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS));
  }

  #close(): Action {
    return { label: words.merge.close, run: () => this.#hide?.() };
  }

  #say(...notice: Parameters<typeof showNotice>): void {
    showNotice(...notice);
    this.#hide = thisNotice();
  }
}

function tagOf(version: Replaces): string | undefined {
  return version.kind === "revision" ? version.etag : undefined;
}
