// The story of the editor page: fetch the file, show it, let the parts of the editor do theirs, warn before unsaved text is left.
// It must never hold rules of its own beyond the order of things, nor wait for CodeMirror before it asks for the file.

import { Commands } from "./commands.ts";
import { downloadCopy } from "./download.ts";
import { draft } from "./draft/feature.ts";
import { follow } from "./events.ts";
import type { Editor, Feature, Opened } from "./feature.ts";
import { followFile } from "./merge/outside.ts";
import { hideNotice, showNotice } from "./notice.ts";
import { Options } from "./options.ts";
import { element, readPage } from "./page.ts";
import { preview } from "./preview/feature.ts";
import { connect, type Fetched, type Found, type Replaces } from "./remote.ts";
import { share } from "./share/feature.ts";
import { Signal } from "./signal.ts";
import { showFacts, showPlace, showState } from "./status.ts";
import type { Told } from "./told.ts";
import { tools } from "./tools/feature.ts";
import { type Decoded, decode, newFormat } from "./text/encoding.ts";
import type { Pane } from "./text/pane.ts";
import { speak, words } from "./words/words.ts";
import { Work } from "./work.ts";

/** Above this, a text that its language's parser takes badly would make each key stroke wait. */
const COLOURED_UP_TO_CHARACTERS = 2_097_152;
/** Above this a text is not opened by itself: typing in it would not be smooth everywhere. */
const SMOOTH_UP_TO_BYTES = 10_485_760;
/** As much is shown before CodeMirror has come. */
const EARLY_CHARACTERS = 20_000;

/** The parts of the editor, in the order in which they hear of things. */
const FEATURES: readonly Feature[] = [draft, followFile, preview, tools, share];

const page = readPage();
const remote = connect(page.base);
const textHolder = element("text", HTMLElement);
const saveButton = element("save", HTMLButtonElement);
// All on their way at once: the parts, the file, and the reader's language.
const coming = import("./text/parts.ts").catch(() => undefined);
let fetching: Promise<Found> | undefined = fetchUpTo(SMOOTH_UP_TO_BYTES);
let opened: Opened | undefined;
let large = false;
/** Which fetch is the last one: an older one that comes later is not shown. */
let asked = 0;
let following = false;
/** What the key allows now, as far as we were told. */
let allowed: "edit" | "view" | "nothing" = page.rights;

const editor: Editor = {
  page,
  remote,
  commands: new Commands(),
  options: new Options(),
  get opened() {
    return opened;
  },
  get mayEdit() {
    return allowed === "edit";
  },
  shown: new Signal(),
  notOpened: new Signal(),
  tooLarge: new Signal(),
  told: new Signal(),
  adopt: (bytes, version) => {
    if (opened !== undefined) opened = { ...opened, bytes, version };
  },
  reopen: open,
  begin,
};

await speak();
saveButton.addEventListener("click", () => editor.commands.run("save"));
editor.commands.add(
  { id: "save", name: words.tools.save, group: "file", keys: ["$mod+s"], available: () => opened?.work !== undefined, run: () => void opened?.work?.save() },
  { id: "download", name: words.tools.download, group: "file", available: () => opened !== undefined && !large, run: download },
);
addEventListener("beforeunload", (event) => {
  if (opened?.work?.pending) event.preventDefault();
});
for (const feature of FEATURES) feature(editor);
void start();

async function start(): Promise<void> {
  await open();
  if (following || (opened === undefined && !large)) return;
  following = true;
  follow(page.base, (told) => {
    react(told);
    editor.told.tell(told);
  });
}

async function open(mostBytes = SMOOTH_UP_TO_BYTES): Promise<void> {
  const turn = ++asked;
  const first = fetching;
  fetching = undefined;
  const fetched = await (first ?? fetchUpTo(mostBytes));
  if (turn !== asked) return;
  // A text that stands here is no new file: it stays, and is said to be gone.
  if (fetched.kind === "absent" && opened !== undefined) return editor.told.tell({ state: "file", revision: undefined });
  large = fetched.kind === "large";
  if (fetched.kind === "large") {
    setAside(fetched.version);
    return editor.tooLarge.tell(fetched);
  }
  if (fetched.kind === "refused" || (fetched.kind === "absent" && allowed !== "edit")) return tellWhyNot(fetched);
  if (fetched.kind === "absent") return begin({ ...newFormat(page.style), text: "", editable: true }, fetched.version, new Uint8Array());
  await begin(decode(fetched.bytes), fetched.version, fetched.bytes);
}

/** What was open is not what the file is now, and nothing of it is to be saved, shown or compared. */
function setAside(version: Replaces): void {
  if (opened === undefined) return;
  opened.work?.end();
  const file: Decoded = { text: "", encoding: "binary", bom: false, lineSeparator: "mixed", editable: false };
  opened.pane.show({ ...file, writable: false });
  opened = { file, bytes: new Uint8Array(), version, pane: opened.pane, work: undefined };
  saveButton.hidden = true;
}

function fetchUpTo(mostBytes: number): Promise<Found> {
  return remote.fetchUpTo(Math.min(mostBytes, page.bodyLimitBytes));
}

function tellWhyNot(fetched: Fetched): void {
  const status = fetched.kind === "refused" ? fetched.status : 404;
  const advice = words.why.notOpened(status);
  // Where something is open, it is still in sight, and may be written on.
  if (opened !== undefined) return showNotice("alarm", advice.text, []);
  showState("unreadable");
  showNotice("alarm", advice.text, advice.again ? [{ label: words.tools.again, run: retry }] : []);
  editor.notOpened.tell(status);
}

function retry(): void {
  hideNotice();
  showState("loading");
  void start();
}

async function begin(file: Decoded, version: Replaces, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (opened === undefined) showEarly(file.text);
  const parts = await coming;
  if (parts === undefined) return showNotice("alarm", words.text.editorMissing, [{ label: words.tools.download, run: () => downloadCopy(page.name, bytes) }]);
  const fits = bytes.length <= page.bodyLimitBytes;
  const writable = allowed === "edit" && file.editable && fits;
  if (file.editable && !fits && page.rights === "edit") showNotice("calm", words.text.tooLarge, []);
  large = false;
  // From here to the end nothing else runs: what was in hand is over before its text is another.
  opened?.work?.end();
  const pane = opened?.pane ?? makePane(parts);
  pane.show({ text: file.text, lineSeparator: file.lineSeparator, writable });
  const work = writable ? new Work(page, remote, pane, { format: file, version }, editor.begin) : undefined;
  const first = opened === undefined;
  opened = { file, bytes, version, pane, work };
  const language = parts.languageOf(page.name);
  showFacts(language?.name ?? words.text.plain);
  saveButton.hidden = !writable;
  if (work === undefined) showState("view");
  // On a phone the focus would bring the keyboard up over the text.
  else if (matchMedia("(pointer: fine)").matches) pane.focus();
  editor.shown.tell(opened);
  if (!first || language === undefined || file.text.length > COLOURED_UP_TO_CHARACTERS) return;
  const support = await parts.loadLanguage(language);
  if (support !== undefined) pane.setLanguage(parts.calm(support, () => showFacts(words.text.uncoloured(language.name))));
}

/** The beginning of the text, to be read while CodeMirror is on its way. */
function showEarly(text: string): void {
  const early = document.createElement("pre");
  early.className = "early";
  early.textContent = text.slice(0, EARLY_CHARACTERS);
  textHolder.replaceChildren(early);
}

/** The key is less than it was, or nothing. */
function react(now: Told): void {
  const before = allowed;
  if (now.state === "dead") allowed = "nothing";
  else if (now.state === "live" && before === "edit") allowed = now.rights;
  if (allowed === before || allowed === "edit") return;
  const why = allowed === "nothing" ? "dead" : "view";
  saveButton.hidden = true;
  if (opened?.work !== undefined) {
    void opened.work.stop(why);
  } else if (why === "dead") {
    showState("ended");
    showNotice("alarm", words.why.stopped("dead", "nothing"), []);
  }
}

function download(): void {
  if (opened === undefined) return;
  if (opened.work === undefined) downloadCopy(page.name, opened.bytes);
  else opened.work.download();
}

function makePane(parts: { Pane: typeof Pane }): Pane {
  textHolder.replaceChildren();
  const pane = new parts.Pane({ parent: textHolder, name: page.name, nonce: page.nonce });
  pane.typed.on(() => opened?.work?.show());
  pane.placed.on(({ state }) => {
    const { head } = state.selection.main;
    const line = state.doc.lineAt(head);
    showPlace(line.number, head - line.from + 1);
  });
  return pane;
}
