// The blocks of a Markdown preview in the page: only those that changed are made anew, a few at a time.
// It must never hold the page up for longer than a frame or two, nor show what safe.ts has not cleaned.

import { cleaner } from "../safe.ts";
import type { Block } from "./markdown.ts";
import { leaveOut, mark, NEAR } from "./marks.ts";
import type { Pictures } from "./pictures.ts";

/** How long blocks are made before the page may do something else. */
const SLICE_MS = 8;
/** As much HTML is cleaned at once: to begin a cleaning takes longer than to clean a short paragraph. */
const BATCH_CHARACTERS = 16_384;
const PREFIX = "user-content-";

const clean = cleaner(
  {
    ALLOWED_TAGS: [
      "h1", "h2", "h3", "h4", "h5", "h6", "p", "blockquote", "ul", "ol", "li", "pre", "code", "em", "strong", "s", "a", "img", "span", "hr", "br", "sup", "section",
      "table", "thead", "tbody", "tr", "th", "td", "input", "label",
      // What a block stands in; no author can write one.
      "div",
    ],
    ALLOWED_ATTR: ["href", "src", "alt", "title", "id", "class", "start", "type", "checked", "disabled"],
    // So that no id of an author is one of ours, or a property of the document.
    SANITIZE_NAMED_PROPS: true,
  },
  (element) => {
    mark(element);
    // What scrolls can be reached by keyboard.
    if (element.localName === "pre") element.setAttribute("tabindex", "0");
    if (element.localName !== "input") return;
    // A box of a task list, to look at.
    element.setAttribute("type", "checkbox");
    element.setAttribute("disabled", "");
  },
);

interface Shown {
  line: number;
  readonly html: string;
  readonly element: HTMLElement;
}

export class Blocks {
  readonly #parent: HTMLElement;
  readonly #pictures: Pictures;
  #shown: Shown[] = [];
  /** Counts what was asked for: the newest wins. */
  #newest = 0;

  constructor(parent: HTMLElement, pictures: Pictures) {
    this.#parent = parent;
    this.#pictures = pictures;
  }

  /** Shows these in place of the present ones. Whether it came to its end. */
  async show(blocks: readonly Block[]): Promise<boolean> {
    const mine = ++this.#newest;
    const before = this.#shown;
    const same = commonStart(before, blocks);
    const tail = commonEnd(before, blocks, same);
    for (const gone of before.slice(same, before.length - tail)) gone.element.remove();
    const kept = before.slice(before.length - tail);
    const next = kept[0]?.element ?? null;
    const made: Shown[] = before.slice(0, same);
    this.#shown = [...made, ...kept];
    let since = performance.now();
    for (const batch of batches(blocks.slice(same, blocks.length - tail))) {
      const elements = this.#make(batch);
      next === null ? this.#parent.append(...elements) : next.before(...elements);
      batch.forEach(({ line, html }, at) => made.push({ line, html, element: elements[at] as HTMLElement }));
      if (performance.now() - since < SLICE_MS) continue;
      this.#shown = [...made, ...kept];
      await new Promise((go) => setTimeout(go));
      if (mine !== this.#newest) return false;
      since = performance.now();
    }
    this.#shown = [...made, ...kept];
    this.#shown.forEach((shown, at) => (shown.line = blocks[at]?.line ?? shown.line));
    return true;
  }

  /** How far down what the line says stands, in pixels of the parent; the line may be a part of one. */
  topOf(line: number): number {
    let [low, high] = [0, this.#shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#shown[middle]?.line ?? Infinity) <= line) low = middle + 1;
      else high = middle;
    }
    const [at, after] = [this.#shown[low - 1], this.#shown[low]];
    // At its beginning the space above the first block is seen too.
    if (at === undefined || line <= 0) return 0;
    const top = at.element.offsetTop;
    const end = after?.element.offsetTop ?? top + at.element.offsetHeight;
    const lines = after === undefined ? 0 : after.line - at.line;
    return lines > 0 ? top + (end - top) * Math.min((line - at.line) / lines, 1) : top;
  }

  /** The element that an author's link within the text means. */
  find(id: string): HTMLElement | null {
    return this.#parent.querySelector(`[id="${CSS.escape(PREFIX + id)}"]`);
  }

  /** One element for each block. */
  #make(batch: readonly Block[]): HTMLElement[] {
    const cleaned = clean(batch.map(({ html }) => `<div>${html}</div>`).join(""));
    let elements = [...cleaned.children] as HTMLElement[];
    if (elements.length !== batch.length) {
      // Something closed more than it opened: each by itself.
      if (batch.length > 1) return batch.flatMap((block) => this.#make([block]));
      elements = [around(cleaned)];
    }
    for (const element of elements) {
      element.className = "block";
      element.dir = "auto";
      for (const picture of element.querySelectorAll<HTMLImageElement>(`img[${NEAR}]`)) void this.#fill(picture);
    }
    return elements;
  }

  async #fill(picture: HTMLImageElement): Promise<void> {
    const address = await this.#pictures.address(picture.getAttribute(NEAR) ?? "");
    picture.removeAttribute(NEAR);
    if (address === undefined) leaveOut(picture);
    else picture.src = address;
  }
}

function around(cleaned: HTMLElement): HTMLElement {
  const element = document.createElement("div");
  element.append(...cleaned.childNodes);
  return element;
}

function* batches(blocks: readonly Block[]): Generator<readonly Block[]> {
  let batch: Block[] = [];
  let length = 0;
  for (const block of blocks) {
    batch.push(block);
    length += block.html.length;
    if (length < BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}

function commonStart(before: readonly Shown[], now: readonly Block[]): number {
  let same = 0;
  while (same < before.length && same < now.length && before[same]?.html === now[same]?.html) same += 1;
  return same;
}

function commonEnd(before: readonly Shown[], now: readonly Block[], start: number): number {
  const most = Math.min(before.length, now.length) - start;
  let same = 0;
  while (same < most && before[before.length - 1 - same]?.html === now[now.length - 1 - same]?.html) same += 1;
  return same;
}
