// A tree of folders and files, as the ARIA practices describe one: one stop of Tab, arrows inside, levels and positions
// told. A folder is asked for when it is opened, and comes by pages.
// It must never make markup of a name, and never open a file but by its own link.

import { words } from "../words/words.ts";
import { address, type Entry, type Listing } from "./files.ts";

/** What the tree asks for, and tells. */
export interface Source {
  /** A page of a folder. */
  page(dirname: string, after: string): Promise<Listing>;
  /** Something was shown, or could not be. */
  told(listing: Listing | unknown, count: number): void;
  /** A folder was gone to: the one that is, or that holds, what has the focus. */
  at(entry: Entry): void;
}

/** How names are shown: their own, or where they are besides. */
export type Look = "names" | "paths" | "places";

/** Most names that a typed letter looks through. */
const LETTERS_LOOK_AT = 2000;
const LETTERS_MS = 600;

let groups = 0;

export class Tree {
  /** What each item stands for. */
  private readonly entries = new WeakMap<HTMLElement, Entry>();
  private letters = "";
  private lettersUntil = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly source: Source,
  ) {
    root.setAttribute("role", "tree");
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("keydown", (event) => this.pressed(event));
    root.addEventListener("focusin", (event) => {
      const item = itemOf(event.target);
      if (item === undefined) return;
      this.stopAt(item);
      const entry = this.entries.get(item);
      if (entry !== undefined) this.source.at(entry);
    });
  }

  /** Shows these as all there is at the first level. */
  show(listing: Listing, look: Look, dirname = ""): void {
    this.root.replaceChildren();
    this.append(this.root, listing, { level: 1, look, dirname });
    const first = this.first();
    if (first !== undefined) this.stopAt(first);
  }

  /** The only folder that there is, opened at once. */
  openOnly(): void {
    const only = this.root.children.length === 1 ? this.first() : undefined;
    if (only?.getAttribute("aria-expanded") === "false") void this.open(only);
  }

  focus(): void {
    this.first()?.focus();
  }

  private first(): HTMLElement | undefined {
    return itemIn(this.root.firstElementChild);
  }

  private append(group: HTMLElement, listing: Listing, at: { level: number; look: Look; dirname: string }): void {
    const held = group.children.length;
    const made = listing.entries.map((entry) => this.line(entry, at.level, at.look));
    group.append(...made);
    if (listing.next !== null) group.append(this.more(listing.next, group, at));
    // While there is more, nobody knows how many there are.
    const size = listing.next === null ? group.children.length : -1;
    [...group.children].forEach((line, index) => {
      const item = itemIn(line);
      if (index >= held) item?.setAttribute("aria-posinset", `${index + 1}`);
      item?.setAttribute("aria-setsize", `${size}`);
    });
  }

  private line(entry: Entry, level: number, look: Look): HTMLElement {
    const line = document.createElement("li");
    line.setAttribute("role", "none");
    const item = document.createElement("a");
    item.className = `entry ${entry.kind}`;
    item.href = address(entry);
    asItem(item, level);
    const shown = look === "paths" ? entry.dirname : entry.name;
    item.append(isolated(shown, "called break"));
    if (look === "places") item.append(" ", isolated(above(entry), "where break muted"));
    if (entry.rights === "view") {
      const badge = document.createElement("span");
      badge.className = "badge";
      badge.textContent = words.start.viewOnly;
      item.append(" ", badge);
    }
    line.append(item);
    if (entry.kind === "directory") {
      const group = document.createElement("ul");
      group.setAttribute("role", "group");
      group.id = `group-${(groups += 1)}`;
      group.hidden = true;
      item.setAttribute("aria-expanded", "false");
      item.setAttribute("aria-owns", group.id);
      line.append(group);
    }
    this.entries.set(item, entry);
    return line;
  }

  /** The item behind the last one of a page. */
  private more(next: string, group: HTMLElement, at: { level: number; look: Look; dirname: string }): HTMLElement {
    const line = document.createElement("li");
    line.setAttribute("role", "none");
    const item = document.createElement("button");
    item.type = "button";
    item.className = "entry further";
    item.textContent = words.start.more;
    asItem(item, at.level);
    item.addEventListener("click", () => {
      if (item.ariaBusy === "true") return;
      item.ariaBusy = "true";
      this.source.page(at.dirname, next).then(
        (listing) => {
          const focused = document.activeElement === item;
          const before = line.previousElementSibling;
          line.remove();
          this.append(group, listing, at);
          const first = itemIn(before === null ? group.firstElementChild : before.nextElementSibling);
          if (first !== undefined && focused) first.focus();
          this.source.told(listing, group.children.length);
        },
        (error: unknown) => {
          item.ariaBusy = "false";
          this.source.told(error, 0);
        },
      );
    });
    line.append(item);
    return line;
  }

  private async open(item: HTMLElement): Promise<void> {
    const entry = this.entries.get(item);
    const group = groupOf(item);
    if (entry === undefined || group === undefined || item.ariaBusy === "true") return;
    if (group.children.length === 0) {
      item.ariaBusy = "true";
      try {
        const listing = await this.source.page(entry.dirname, "");
        this.append(group, listing, { level: levelOf(item) + 1, look: "names", dirname: entry.dirname });
        this.source.told(listing, listing.entries.length);
      } catch (error) {
        this.source.told(error, 0);
        return;
      } finally {
        item.ariaBusy = "false";
      }
    }
    group.hidden = false;
    item.setAttribute("aria-expanded", "true");
  }

  private close(item: HTMLElement): void {
    const group = groupOf(item);
    if (group === undefined) return;
    group.hidden = true;
    item.setAttribute("aria-expanded", "false");
    // What is read anew is what is there now.
    group.replaceChildren();
  }

  private clicked(event: MouseEvent): void {
    const item = itemOf(event.target);
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (item === undefined || !plain || this.entries.get(item)?.kind !== "directory") return;
    event.preventDefault();
    item.focus();
    if (item.getAttribute("aria-expanded") === "true") this.close(item);
    else void this.open(item);
  }

  private pressed(event: KeyboardEvent): void {
    const item = itemOf(event.target);
    if (item === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const expanded = item.getAttribute("aria-expanded");
    const go = (to: HTMLElement | undefined): void => to?.focus();
    switch (event.key) {
      case "ArrowDown":
        go(below(item));
        break;
      case "ArrowUp":
        go(this.over(item));
        break;
      case "ArrowRight":
        if (expanded === "false") void this.open(item);
        else if (expanded === "true") go(itemIn(groupOf(item)?.firstElementChild));
        break;
      case "ArrowLeft":
        if (expanded === "true") this.close(item);
        else go(parentOf(item));
        break;
      case "Home":
        go(this.first());
        break;
      case "End":
        go(lastWithin(this.root));
        break;
      case " ":
        item.click();
        break;
      default:
        if (event.key.length !== 1) return;
        this.typed(item, event.key);
    }
    event.preventDefault();
  }

  /** The item above this one, as they stand on the screen. */
  private over(item: HTMLElement): HTMLElement | undefined {
    const line = item.parentElement?.previousElementSibling;
    if (!(line instanceof HTMLElement)) return parentOf(item);
    return lastWithin(line);
  }

  /** Goes to the next item whose name begins with what is typed. */
  private typed(item: HTMLElement, letter: string): void {
    const now = performance.now();
    this.letters = now < this.lettersUntil ? this.letters + letter.toLowerCase() : letter.toLowerCase();
    this.lettersUntil = now + LETTERS_MS;
    let at: HTMLElement | undefined = this.letters.length > 1 ? item : (below(item) ?? this.first());
    for (let count = 0; at !== undefined && count < LETTERS_LOOK_AT; count += 1) {
      const name = this.entries.get(at)?.name.toLowerCase();
      if (name?.startsWith(this.letters)) {
        at.focus();
        return;
      }
      at = below(at) ?? this.first();
      if (at === item) return;
    }
  }

  /** Tab comes back to this item. */
  private stopAt(item: HTMLElement): void {
    this.root.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    item.tabIndex = 0;
  }
}

function asItem(item: HTMLElement, level: number): void {
  item.setAttribute("role", "treeitem");
  item.setAttribute("aria-level", `${level}`);
  item.tabIndex = -1;
}

function isolated(text: string, className: string): HTMLElement {
  const element = document.createElement("bdi");
  element.className = className;
  element.textContent = text;
  return element;
}

/** The folder in which it is. */
function above(entry: Entry): string {
  return entry.kind === "file" ? entry.dirname : entry.dirname.slice(0, entry.dirname.lastIndexOf("/")) || "/";
}

function itemOf(target: EventTarget | null): HTMLElement | undefined {
  const item = target instanceof Element ? target.closest('[role="treeitem"]') : null;
  return item instanceof HTMLElement ? item : undefined;
}

function itemIn(line: Element | null | undefined): HTMLElement | undefined {
  return itemOf(line?.firstElementChild ?? null);
}

function groupOf(item: HTMLElement): HTMLElement | undefined {
  const group = item.nextElementSibling;
  return group instanceof HTMLElement ? group : undefined;
}

function levelOf(item: HTMLElement): number {
  return Number(item.getAttribute("aria-level"));
}

function parentOf(item: HTMLElement): HTMLElement | undefined {
  const group = item.parentElement?.parentElement;
  return group?.getAttribute("role") === "group" ? itemIn(group.parentElement) : undefined;
}

/** The item below this one, as they stand on the screen. */
function below(item: HTMLElement): HTMLElement | undefined {
  const group = groupOf(item);
  if (group !== undefined && !group.hidden && group.firstElementChild !== null) return itemIn(group.firstElementChild);
  let at: HTMLElement | undefined = item;
  while (at !== undefined) {
    const next: Element | null | undefined = at.parentElement?.nextElementSibling;
    if (next) return itemIn(next);
    at = parentOf(at);
  }
  return undefined;
}

/** The last item on the screen in a line or in the whole tree. */
function lastWithin(start: HTMLElement): HTMLElement | undefined {
  let line: Element | null = start.tagName === "LI" ? start : start.lastElementChild;
  for (;;) {
    const group: Element | null | undefined = line?.lastElementChild;
    const open = group instanceof HTMLElement && group.getAttribute("role") === "group" && !group.hidden;
    if (!open || group.lastElementChild === null) return itemIn(line);
    line = group.lastElementChild;
  }
}
