// Texts of this file that were never saved, and whose tab is gone: brought back, also into what the file has become; else offered.
// It must never put a text over what somebody else wrote by itself, nor erase one that is not in hand, saved, or thrown away.

import { downloadCopy } from "../download.ts";
import type { Editor, Opened } from "../feature.ts";
import type { mergeTexts } from "../merge/three.ts";
import { type Action, addToNotice, hideNotice, showNotice } from "../notice.ts";
import { known, type SentText } from "../sent.ts";
import { decodeAs, encodeWhole, type Format, isUnicode, readAs, sameFormat } from "../text/encoding.ts";
import { sayMoment } from "../words/say.ts";
import { words } from "../words/words.ts";
import type { Recorder } from "./recorder.ts";
import type { Draft } from "./store.ts";
import type { Tabs } from "./tabs.ts";

/** A draft with its text. */
interface Found {
  readonly draft: Draft;
  readonly text: string;
  readonly at: number;
  /** What was sent before the tab was gone, and not answered. */
  readonly sent: readonly SentText[];
}

/** What may be done with it: it comes back as it was, or into what the file has become, or a person says so. */
interface Way {
  readonly by: "itself" | "merge" | "person";
  readonly text: string;
  /** It is put in as of the version that it began from: what is done about the file's is the merge's part. */
  readonly resumes: boolean;
}

export class Recovery {
  readonly #editor: Editor;
  readonly #recorder: Recorder;
  readonly #tabs: Tabs;
  /** Not in hand yet, the newest last. */
  #left: Found[] = [];
  #started = false;
  /** Nothing where it could not be fetched. */
  #merge: typeof mergeTexts | undefined;

  constructor(editor: Editor, recorder: Recorder, tabs: Tabs) {
    this.#editor = editor;
    this.#recorder = recorder;
    this.#tabs = tabs;
  }

  /** The file has come. */
  async start(): Promise<void> {
    this.#left = await this.#find();
    const newest = this.#left.at(-1);
    if (newest !== undefined) await this.#readAlike(newest);
    this.#started = true;
    this.next();
  }

  /** The file has not come: what was written can still be had. */
  async startWithout(): Promise<void> {
    const found = (await this.#find()).at(-1);
    if (found !== undefined) addToNotice(words.draft.here(when(found)), download(found, words.draft.download));
  }

  /** The next one is brought back or offered, where there is one; it stays the next one until it is decided. */
  next(): void {
    const { opened } = this.#editor;
    const found = this.#left.at(-1);
    if (opened === undefined || found === undefined || !this.#started) return;
    if (isThere(found, opened)) {
      this.#done(found);
      void this.#erase(found);
      this.next();
    } else {
      const way = this.#wayOf(found, opened);
      if (way.by === "person") this.#offer(found, opened);
      else this.#bringBack(found, way);
    }
  }

  /** The file is read as it was when the draft was written: somebody said so here. */
  async #readAlike({ draft, sent }: Found): Promise<void> {
    const { opened, mayEdit, page } = this.#editor;
    if (opened === undefined || !mayEdit || draft.key !== page.keyId || opened.work?.unsaved) return;
    const { file, bytes, version } = opened;
    const arrived = known(sent, bytes);
    const encoding = (arrived?.format ?? draft.from)?.encoding;
    if (encoding === undefined) return;
    const asBefore = arrived !== undefined || (version.kind === "revision" && version.etag === draft.etag);
    if (file.encoding === encoding || (!asBefore && file.encoding !== "binary")) return;
    const decoded = decodeAs(encoding, bytes);
    if (decoded === undefined || !(decoded.editable || isUnicode(draft.format.encoding))) return;
    readAs({ first: encoding });
    await this.#editor.begin({ ...decoded, editable: true }, version, bytes);
  }

  /** Those of tabs that are gone, with their texts. */
  async #find(): Promise<Found[]> {
    try {
      const { keyId, fileId } = this.#editor.page;
      const store = await this.#recorder.store;
      const drafts = await store.draftsOf(keyId, fileId);
      const gone = await this.#tabs.gone(drafts.map(({ tab }) => tab));
      if (gone.size === 0) return [];
      const { replay, sentOf } = await import("../text/parts.ts");
      this.#merge ??= await import("../merge/three.ts").then((three) => three.mergeTexts).catch(() => undefined);
      const found: Found[] = [];
      for (const draft of drafts.filter(({ tab }) => gone.has(tab))) {
        const { text, at } = replay(draft.base, await store.changesOf(draft.id));
        found.push({ draft, text: text.toString(), at: at ?? draft.at, sent: sentOf(draft) });
      }
      return found.sort((a, b) => a.at - b.at);
    } catch {
      return [];
    }
  }

  /** By itself under the same link alone, and with nothing else in hand. */
  #wayOf({ draft, text, sent }: Found, { work, pane }: Opened): Way {
    const asked: Way = { by: "person", text, resumes: false };
    // A former version did not keep what it began from.
    if (work === undefined || work.stopped || draft.etag === undefined) return asked;
    const { unsaved, base } = work;
    const theirs = (unsaved ? pane.text : base.text)?.toString() ?? "";
    const now = base.version.kind === "revision" ? base.version.etag : null;
    const alone = draft.key === this.#editor.page.keyId && !unsaved;
    // What stands there is what was sent from here: the text goes on from it.
    const held = sent.length > 0 && base.text !== undefined ? encodeWhole(theirs, base.format) : undefined;
    const arrived = held !== undefined && known(sent, held) !== undefined;
    if (!unsaved && (arrived || draft.etag === now || (now !== null && theirs === draft.base))) return { ...asked, by: alone ? "itself" : "person" };
    const mixed = [draft.format, work.format].map(({ lineSeparator }) => lineSeparator === "mixed");
    const merged = mixed[0] === mixed[1] ? this.#merge?.(draft.base, text, theirs) : undefined;
    if (!unsaved && (now === null || merged === undefined || merged.conflicts.length > 0)) return { ...asked, resumes: true };
    return { by: alone ? "merge" : "person", text: merged?.text ?? text, resumes: false };
  }

  #bringBack(found: Found, way: Way): void {
    this.#putIn(found, way);
    const throwAway = (): void => {
      hideNotice();
      const work = this.#editor.opened?.work;
      work?.putIn(work.base.text?.toString() ?? "", work.base.format);
      this.next();
    };
    const told = way.by === "merge" ? words.draft.merged(when(found)) : words.draft.back(when(found));
    showNotice("calm", told, [{ label: words.draft.throwAway, run: throwAway }, download(found, words.tools.download)]);
  }

  #offer(found: Found, { work }: Opened): void {
    const putIn = (): void => {
      const { opened } = this.#editor;
      if (opened === undefined) return;
      hideNotice();
      this.#putIn(found, this.#wayOf(found, opened));
    };
    const throwAway = (): void => {
      hideNotice();
      this.#done(found);
      void this.#erase(found);
      this.next();
    };
    const rest = [download(found, words.draft.download), { label: words.draft.throwAway, run: throwAway }];
    const may = work !== undefined && !work.stopped;
    showNotice("calm", words.draft.offered(when(found)), may ? [{ label: words.draft.putIn, run: putIn }, ...rest] : rest);
  }

  #done(found: Found): void {
    this.#left = this.#left.filter((each) => each !== found);
  }

  #putIn(found: Found, { text, resumes }: Way): void {
    const work = this.#editor.opened?.work;
    // A draft that cannot be put in stays where it is kept.
    if (work === undefined || work.stopped) return;
    this.#done(found);
    const { draft, text: own } = found;
    const { base, etag, from = work.base.format } = draft;
    const format = formatOf(draft, work.format);
    const { version } = work.base;
    if (!resumes) {
      // Nothing of it has arrived yet; it may be on its way.
      if (!work.unsaved && etag === (version.kind === "revision" ? version.etag : null)) work.held.sent.add(...found.sent);
      this.#recorder.take(draft.id, () => work.putIn(text, format));
    } else {
      const began = etag ? ({ kind: "revision", etag } as const) : ({ kind: "nothing" } as const);
      this.#recorder.take(draft.id, () => work.resume({ text: own, base, from, format, version: began }));
      // As if it had changed just now.
      this.#editor.told.tell({ state: "file", revision: version.kind === "revision" ? version.etag : undefined });
    }
    this.#tabs.tell({ kind: "took", tab: draft.tab });
  }

  async #erase({ draft }: Found): Promise<void> {
    try {
      await (await this.#recorder.store).erase([draft.id]);
    } catch {
      // It is offered once more, which loses nothing.
    }
  }
}

/** Whether what is shown holds it all, or nothing was written. */
function isThere({ draft, text, sent }: Found, { pane, file, version, work }: Opened): boolean {
  if (work?.unsaved === true) return false;
  const now = work?.base.format ?? file;
  const written = text !== draft.base || sent.length > 0 || !sameFormat(draft.format, draft.from ?? draft.format);
  if (!written) return (work?.base.version ?? version).kind === "revision";
  return pane.text.toString() === text && sameFormat(formatOf(draft, now), now);
}

/** How it is written: as the file is, but for what was converted. */
function formatOf({ format, from }: Draft, now: Format): Format {
  return from === undefined || sameFormat(format, from) ? now : format;
}

function download({ draft, text }: Found, label: string): Action {
  return { label, run: () => downloadCopy(draft.name, encodeWhole(text, draft.format)) };
}

function when(found: Found): string {
  return sayMoment(found.at);
}
