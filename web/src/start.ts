// The start page: the folders that are granted become a tree, names are found while they are typed, and a new file goes
// where the tree stands. Without it the page has the same as plain links and a form.
// It must never hold a key: a file is opened by asking for its bookmark, as a link does.

import { element } from "./page.ts";
import { list, Unlisted, type Entry, type Listing } from "./start/files.ts";
import { wrongWith } from "./start/name.ts";
import { Tree, type Source } from "./start/tree.ts";
import { speak, words } from "./words/words.ts";

/** How long nothing is typed before names are searched. */
const PAUSE_MS = 250;

const listed = element("listed", HTMLElement);
const tree = element("tree", HTMLElement);
const found = element("found", HTMLElement);
const folder = tree.dataset["dirname"] ?? "";

const source: Source = {
  page: (dirname, after) => list({ dirname, after }),
  told: (what, count) => tell(isListing(what) ? saidOf(what, count) : saidOfError(what)),
  at: (entry) => newFilesGoTo(entry),
};

// The page's own language, not the browser's first: the two must not mix. Until then the links are there.
await speak([document.documentElement.lang]);
browse();
find();
makeNew();

/** What the server wrote as links becomes the first level. */
function browse(): void {
  const links = [...tree.querySelectorAll<HTMLAnchorElement>("a[data-kind]")];
  const entries = links.map(({ dataset }): Entry => ({
    kind: dataset["kind"] === "directory" ? "directory" : "file",
    name: dataset["name"] ?? "",
    dirname: dataset["dirname"] ?? "",
    rights: dataset["rights"] === "edit" ? "edit" : "view",
  }));
  if (entries.length === 0) return;
  const shown = new Tree(tree, source);
  const bounded = tree.dataset["bounded"] === "yes" ? "entries" : null;
  shown.show({ entries, next: tree.dataset["next"] || null, bounded }, folder === "" ? "paths" : "names", folder);
  document.getElementById("more")?.remove();
  if (bounded !== null) tell(words.start.entries);
  if (folder === "") shown.openOnly();
}

function find(): void {
  const form = element("find", HTMLFormElement);
  const filter = element("filter", HTMLInputElement);
  const results = new Tree(found, source);
  let waiting = 0;
  let asking = new AbortController();
  form.hidden = false;
  const search = async (): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const q = filter.value.trim();
    tree.hidden = q !== "";
    found.hidden = q === "";
    if (q === "") {
      found.replaceChildren();
      tell("");
      return;
    }
    tell(words.start.searching);
    try {
      const listing = await list({ q, dirname: folder }, signal);
      results.show(listing, "places");
      tell(saidOfSearch(listing));
    } catch (error) {
      if (signal.aborted) return;
      found.replaceChildren();
      tell(saidOfError(error));
    }
  };
  filter.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void search(), PAUSE_MS);
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    if (found.hidden) tree.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    else results.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    void search();
  });
  // A page that the browser brings back may have a text in it.
  if (filter.value !== "") void search();
}

function makeNew(): void {
  const form = document.getElementById("make");
  if (!(form instanceof HTMLFormElement)) return;
  const name = element("new-name", HTMLInputElement);
  const why = element("new-why", HTMLElement);
  const check = (): boolean => {
    const wrong = wrongWith(name.value);
    const told = wrong !== undefined && wrong !== "empty";
    why.textContent = told ? words.start.wrong[wrong] : "";
    if (told) name.setAttribute("aria-invalid", "true");
    else name.removeAttribute("aria-invalid");
    return wrong === undefined;
  };
  // The server counts bytes.
  name.removeAttribute("maxlength");
  name.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    if (check()) return;
    event.preventDefault();
    name.focus();
  });
}

/** The folder that is gone to stands among those where a new file may be made, and is chosen. */
function newFilesGoTo(entry: Entry): void {
  const choice = document.getElementById("new-in");
  if (!(choice instanceof HTMLSelectElement) || entry.rights !== "edit") return;
  if (![...choice.options].some((option) => option.value === entry.dirname)) {
    choice.append(new Option(entry.dirname));
  }
  choice.value = entry.dirname;
}

function tell(text: string): void {
  listed.textContent = text;
}

function isListing(what: unknown): what is Listing {
  return typeof what === "object" && what !== null && "entries" in what;
}

function saidOf(listing: Listing, count: number): string {
  const number = listing.next === null ? words.start.all(count) : words.start.first(count);
  return listing.bounded === null ? number : `${number} ${words.start.entries}`;
}

function saidOfSearch(listing: Listing): string {
  const count = words.start.found(listing.entries.length);
  return listing.bounded === null ? count : `${count} ${words.start[listing.bounded]}`;
}

function saidOfError(error: unknown): string {
  return words.start.unlisted(error instanceof Unlisted ? error.status : 0);
}
