// Texts of this file that were never saved, and whose tab is gone: brought back, also into what the file has become; else offered.
// It must never put a text over what somebody else wrote by itself, nor erase one that is not in hand, saved, or thrown away.

import { downloadCopy } from "../download.ts";
import type { Editor, Opened } from "../feature.ts";
import type { mergeTexts } from "../merge/three.ts";
import { type Action, addToNotice, hideNotice, showNotice } from "../notice.ts";
import { encode } from "../text/encoding.ts";
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
}

/** What may be done with it: it comes back as it was, or into what the file has become, or a person says so. */
interface Way {
  readonly by: "itself" | "merge" | "person";
  readonly text: string;
}

export class Recovery {
  readonly #editor: Editor;
  readonly #recorder: Recorder;
  readonly #tabs: Tabs;
  /** Not in hand yet, the newest last. */
  #left: Found[] = [];
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
    this.next();
  }

  /** The file has not come: what was written can still be had. */
  async startWithout(): Promise<void> {
    const found = (await this.#find()).at(-1);
    if (found !== undefined) addToNotice(words.draft.here(when(found)), download(found, words.draft.download));
  }

  /** The next one is brought back or offered, where there is one. */
  next(): void {
    const { opened } = this.#editor;
    const found = this.#left.pop();
    if (opened === undefined || found === undefined) return;
    if (opened.pane.text.toString() === found.text && opened.work?.unsaved !== true) {
      void this.#erase(found);
      this.next();
    } else {
      const way = this.#wayOf(found, opened);
      if (way.by === "person") this.#offer(found, way, opened);
      else this.#bringBack(found, way, opened);
    }
  }

  /** Those of tabs that are gone, with their texts. */
  async #find(): Promise<Found[]> {
    try {
      const { keyId, fileId } = this.#editor.page;
      const store = await this.#recorder.store;
      const drafts = await store.draftsOf(keyId, fileId);
      const gone = await this.#tabs.gone(drafts.map(({ tab }) => tab));
      if (gone.size === 0) return [];
      const { replay } = await import("../text/parts.ts");
      this.#merge ??= await import("../merge/three.ts").then((three) => three.mergeTexts).catch(() => undefined);
      const found: Found[] = [];
      for (const draft of drafts.filter(({ tab }) => gone.has(tab))) {
        const { text, at } = replay(draft.base, await store.changesOf(draft.id));
        found.push({ draft, text: text.toString(), at: at ?? draft.at });
      }
      return found.sort((a, b) => a.at - b.at);
    } catch {
      return [];
    }
  }

  /** By itself under the same link alone, and with nothing else in hand. */
  #wayOf({ draft, text }: Found, { work }: Opened): Way {
    const asked: Way = { by: "person", text };
    // A former version did not keep what it began from.
    if (work === undefined || work.unsaved || draft.etag === undefined) return asked;
    const { text: saved, version } = work.base;
    const theirs = saved?.toString() ?? "";
    const alone = draft.key === this.#editor.page.keyId;
    if (draft.etag === (version.kind === "revision" ? version.etag : null) || theirs === draft.base) return { by: alone ? "itself" : "person", text };
    const mixed = [draft.format, work.format].map(({ lineSeparator }) => lineSeparator === "mixed");
    if (this.#merge === undefined || mixed[0] !== mixed[1]) return asked;
    const merged = this.#merge(draft.base, text, theirs);
    return { by: alone && merged.conflicts.length === 0 ? "merge" : "person", text: merged.text };
  }

  #bringBack(found: Found, { by, text }: Way, { work }: Opened): void {
    const before = work?.pane.text.toString() ?? "";
    this.#putIn(found, text);
    const throwAway = (): void => {
      hideNotice();
      work?.putIn(before, work.format.lineSeparator);
      this.next();
    };
    const told = by === "merge" ? words.draft.merged(when(found)) : words.draft.back(when(found));
    showNotice("calm", told, [{ label: words.draft.throwAway, run: throwAway }, download(found, words.tools.download)]);
  }

  #offer(found: Found, { text }: Way, { work }: Opened): void {
    const putIn = (): void => {
      hideNotice();
      this.#putIn(found, text);
    };
    const throwAway = (): void => {
      hideNotice();
      void this.#erase(found);
      this.next();
    };
    const rest = [download(found, words.draft.download), { label: words.draft.throwAway, run: throwAway }];
    showNotice("calm", words.draft.offered(when(found)), work === undefined ? rest : [{ label: words.draft.putIn, run: putIn }, ...rest]);
  }

  #putIn({ draft }: Found, text: string): void {
    this.#recorder.take(draft.id, () => this.#editor.opened?.work?.putIn(text, draft.format.lineSeparator));
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

function download({ draft, text }: Found, label: string): Action {
  return { label, run: () => downloadCopy(draft.name, encode(text, draft.format)) };
}

function when(found: Found): string {
  return sayMoment(found.at);
}
