// The preview of one file: made when the text rests, by a thread, and shown in a tree of its own that our styles, ids and
// scripts do not meet.
// It must never make a key stroke wait: what takes long is asked for less often, and what is large only when it is wanted.

import type { Editor, Opened } from "../feature.ts";
import { encode } from "../text/encoding.ts";
import type { Pane } from "../text/pane.ts";
import { words } from "../words/words.ts";
import { Blocks } from "./blocks.ts";
import { followText, topLine } from "./follow.ts";
import { makeFrame, showHtml } from "./frame.ts";
import type { Kind } from "./kind.ts";
import { pictureType } from "./kind.ts";
import type { Block } from "./markdown.ts";
import { NOWHERE, WITHIN } from "./marks.ts";
import { DRAWING, inline, Pictures } from "./pictures.ts";
import type { Quiet } from "./quiet.ts";
import { SHEET } from "./sheet.ts";
import { button, showPicture } from "./show-picture.ts";
import { showTable } from "./show-table.ts";
import type { Table } from "./table.ts";
import { Thread } from "./thread.ts";

declare const WORKERS: Readonly<Record<"markdown" | "html" | "table", string>>;

/** Above this, a preview is made only on demand, in characters. */
const LARGE: Readonly<Record<Kind, number>> = { markdown: 1_000_000, html: 300_000, table: 10_000_000, drawing: 2_000_000, picture: Infinity };
/** How long the text rests before it is shown. */
const REST_MS = 150;
/** So many times as long as the last one was made in the page, and no longer than a reader waits. */
const REST_TIMES = 8;
const REST_MOST_MS = 3_000;

export class Panel {
  readonly #editor: Editor;
  readonly #place: HTMLElement;
  readonly #body: HTMLElement;
  readonly #live: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #pictures: Pictures;
  readonly #threads = new Map<string, Thread<unknown>>();
  #pane: Pane | undefined;
  #kind: Kind | undefined;
  #name = "";
  #active = false;
  #busy = false;
  #stale = false;
  /** Wanted once although it is large, or took too long. */
  #wanted = false;
  #gaveUp = false;
  #lastMs = 0;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #blocks: Blocks | undefined;
  #frame: HTMLIFrameElement | undefined;
  /** Makes one that was not made. */
  #offered: HTMLButtonElement | undefined;

  constructor(editor: Editor, place: HTMLElement) {
    this.#editor = editor;
    this.#place = place;
    this.#name = editor.page.name;
    this.#pictures = new Pictures(editor.page.base);
    this.#root = place.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    this.#root.adoptedStyleSheets = [sheet];
    this.#body = document.createElement("div");
    this.#live = document.createElement("p");
    this.#live.className = "said";
    this.#live.setAttribute("role", "status");
    this.#root.append(this.#live, this.#body);
    this.#body.addEventListener("click", (event) => this.#follow(event));
    this.#body.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#follow(event);
    });
  }

  show(opened: Opened, kind: Kind): void {
    if (this.#pane !== opened.pane) {
      opened.pane.typed.on(() => this.#changed());
      followText(opened.pane, () => this.#scroll());
      this.#pane = opened.pane;
    }
    this.#active = true;
    if (this.#kind !== kind) {
      this.#kind = kind;
      this.#empty();
      this.#say(words.preview.loading);
    }
    this.#gaveUp = false;
    void this.#make();
  }

  /** Nobody looks any more. */
  rest(): void {
    this.#active = false;
    clearTimeout(this.#waiting);
    for (const thread of this.#threads.values()) thread.end();
    this.#threads.clear();
  }

  #changed(): void {
    if (!this.#active || this.#gaveUp) return;
    this.#stale = true;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => whenIdle(() => void this.#make()), Math.max(REST_MS, Math.min(this.#lastMs * REST_TIMES, REST_MOST_MS)));
  }

  async #make(): Promise<void> {
    const { opened } = this.#editor;
    if (this.#busy || !this.#active || opened === undefined || this.#kind === undefined) return void (this.#stale = true);
    const { length } = opened.pane.text;
    if (length > LARGE[this.#kind] && !this.#wanted) {
      return this.#offer(words.preview.large(words.preview.kilobytes(Math.round(length / 1_000))), words.preview.make);
    }
    const asked = this.#wanted;
    this.#wanted = false;
    this.#busy = true;
    this.#stale = false;
    try {
      await this.#showAs(this.#kind, opened, asked);
    } catch (error) {
      reportError(error);
      this.#offer(words.preview.failed, words.preview.again);
    } finally {
      this.#busy = false;
    }
    this.#place.dataset["made"] = String(Number(this.#place.dataset["made"] ?? 0) + 1);
    this.#scroll();
    if (this.#stale) this.#changed();
  }

  async #showAs(kind: Kind, opened: Opened, asked: boolean): Promise<void> {
    if (kind === "picture") return showPicture(this.#clear(), this.#name, opened.bytes, this.#actions(), pictureType(opened.bytes) ?? "");
    const text = opened.pane.text.toString();
    if (kind === "drawing") {
      const address = await inline(new Blob([encode(text, { ...opened.file, encoding: "utf-8", bom: false })], { type: DRAWING }));
      return showPicture(this.#clear(), this.#name, address, []);
    }
    const outcome = await this.#thread(kind).read({ name: this.#name, text }, asked);
    if (!this.#active) return;
    if (outcome.kind !== "done") {
      // What took too long once would take a processor again at each pause.
      this.#gaveUp = outcome.kind === "slow";
      return this.#offer(words.preview[outcome.kind], words.preview.again);
    }
    const since = performance.now();
    if (kind === "markdown") await this.#showBlocks(outcome.result as Block[]);
    else if (kind === "html") await this.#showFrame(outcome.result as Quiet);
    else showTable(this.#clear(), this.#name, outcome.result as Table);
    this.#lastMs = performance.now() - since;
  }

  async #showBlocks(blocks: readonly Block[]): Promise<void> {
    if (this.#blocks === undefined) {
      const article = document.createElement("article");
      article.className = "article";
      this.#clear().append(article);
      this.#blocks = new Blocks(article, this.#pictures);
    }
    this.#say(blocks.length === 0 ? words.preview.empty : "");
    await this.#blocks.show(blocks);
  }

  async #showFrame(html: Quiet): Promise<void> {
    if (this.#frame === undefined) {
      const place = this.#clear();
      this.#frame = makeFrame(this.#name);
      place.append(this.#frame);
    }
    this.#say("");
    await showHtml(this.#frame, html, this.#pictures, this.#editor.page.nonce);
  }

  /** What can be done with a file that is no text. */
  #actions(): HTMLButtonElement[] {
    const { commands } = this.#editor;
    return ["download", "replaceFile"].flatMap((id) => {
      const command = commands.available.find((one) => one.id === id);
      return command === undefined ? [] : [button(command.name, () => commands.run(id))];
    });
  }

  #thread(kind: "markdown" | "html" | "table"): Thread<unknown> {
    const known = this.#threads.get(kind) ?? new Thread<unknown>(`${this.#editor.page.base}assets/${WORKERS[kind]}`);
    this.#threads.set(kind, known);
    return known;
  }

  /** Says why there is none, and lets the reader want one all the same. */
  #offer(why: string, label: string): void {
    const offered = this.#offered;
    if (offered?.isConnected && offered.textContent === label && this.#live.textContent === why) return;
    this.#offered = button(label, () => {
      this.#wanted = true;
      this.#gaveUp = false;
      this.#say(words.preview.loading);
      void this.#make();
    });
    this.#empty();
    this.#say(why);
    this.#body.append(this.#offered);
  }

  #say(text: string): void {
    if (this.#live.textContent !== text) this.#live.textContent = text;
    this.#live.hidden = text === "";
  }

  #clear(): HTMLElement {
    this.#say("");
    this.#empty();
    return this.#body;
  }

  #empty(): void {
    this.#body.replaceChildren();
    this.#blocks = undefined;
    this.#frame = undefined;
  }

  #scroll(): void {
    const pane = this.#pane;
    if (!this.#active || pane === undefined || this.#blocks === undefined) return;
    const line = topLine(pane.view);
    this.#place.scrollTop = line === "end" ? this.#place.scrollHeight : this.#blocks.topOf(line);
  }

  /** A link that leads to another place of the text, or that nothing follows. */
  #follow(event: Event): void {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.hasAttribute("href")) return;
    event.preventDefault();
    if (link.hasAttribute(NOWHERE)) return this.#say(words.preview.nowhere);
    const found = this.#blocks?.find(link.getAttribute(WITHIN) ?? "");
    this.#say(found ? "" : words.preview.notFound);
    found?.scrollIntoView({ block: "start" });
  }
}

function whenIdle(run: () => void): void {
  // Safari has no idle callback.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, { timeout: 1_000 });
  else setTimeout(run);
}
