// The story of the editor page: fetch the file, show it, let the parts of the editor do theirs, warn before unsaved text is left.
// It must never hold rules of its own beyond the order of things, nor wait for CodeMirror before it asks for the file.

import { Commands } from "./commands.ts";
import { downloadCopy } from "./download.ts";
import { offerKept } from "./draft/offer.ts";
import { follow } from "./events.ts";
import type { Editor, Feature, Opened } from "./feature.ts";
import { hideNotice, showNotice } from "./notice.ts";
import { Options } from "./options.ts";
import { element, readPage } from "./page.ts";
import { preview } from "./preview/feature.ts";
import { connect, type Fetched, type Replaces } from "./remote.ts";
import { Signal } from "./signal.ts";
import { showFacts, showPlace, showState } from "./status.ts";
import type { Told } from "./told.ts";
import { type Decoded, decode, PLAIN } from "./text/encoding.ts";
import type { Pane } from "./text/pane.ts";
import { words } from "./words/words.ts";
import { Work } from "./work.ts";

/** Above this, a text that its language's parser takes badly would make each key stroke wait. */
const COLOURED_UP_TO_CHARACTERS = 2_097_152;
/** As much is shown before CodeMirror has come. */
const EARLY_CHARACTERS = 20_000;

/** The parts of the editor, in the order in which they hear of things. */
const FEATURES: readonly Feature[] = [offerKept, preview];

const page = readPage();
const remote = connect(page.base);
const textHolder = element("text", HTMLElement);
const saveButton = element("save", HTMLButtonElement);
const downloadButton = element("download", HTMLButtonElement);
// On its way while the file is.
const coming = import("./text/parts.ts").catch(() => undefined);
let opened: Opened | undefined;
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
  shown: new Signal(),
  told: new Signal(),
  reopen: open,
};

saveButton.addEventListener("click", () => editor.commands.run("save"));
downloadButton.addEventListener("click", () => editor.commands.run("download"));
editor.commands.add(
  { id: "save", name: words.tools.save, group: "file", keys: ["$mod+s"], run: () => void opened?.work?.save() },
  { id: "download", name: words.tools.download, group: "file", available: () => opened !== undefined, run: download },
);
addEventListener("beforeunload", (event) => {
  if (opened?.work?.pending) event.preventDefault();
});
for (const feature of FEATURES) feature(editor);
void start();

async function start(): Promise<void> {
  await open();
  if (opened === undefined) return;
  follow(page.base, (told) => {
    react(told);
    editor.told.tell(told);
  });
}

async function open(): Promise<void> {
  const fetched = await remote.fetchFile();
  if (fetched.kind === "refused" || (fetched.kind === "absent" && allowed !== "edit")) return tellWhyNot(fetched);
  if (fetched.kind === "absent") return begin({ ...PLAIN, text: "", editable: true }, fetched.version, new Uint8Array());
  await begin(decode(fetched.bytes), fetched.version, fetched.bytes);
}

function tellWhyNot(fetched: Fetched): void {
  const advice = words.why.notOpened(fetched.kind === "refused" ? fetched.status : 404);
  showState("unreadable");
  showNotice("alarm", advice.text, advice.again ? [{ label: words.tools.again, run: retry }] : []);
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
  if (!file.editable) showNotice("calm", words.text.notText, []);
  else if (!fits && page.rights === "edit") showNotice("calm", words.text.tooLarge, []);
  const pane = opened?.pane ?? makePane(parts);
  pane.show({ text: file.text, lineSeparator: file.lineSeparator, writable });
  const beginAgain = (...other: Parameters<typeof begin>): void => void begin(...other);
  const work = writable ? new Work(page, remote, pane, { format: file, version }, beginAgain) : undefined;
  const first = opened === undefined;
  opened = { file, bytes, pane, work };
  const language = parts.languageOf(page.name);
  showFacts(factsOf(file, language?.name));
  saveButton.hidden = !writable;
  downloadButton.hidden = false;
  if (work === undefined) showState("view");
  // On a phone the focus would bring the keyboard up over the text.
  else if (matchMedia("(pointer: fine)").matches) pane.focus();
  editor.shown.tell(opened);
  if (!first || language === undefined || file.text.length > COLOURED_UP_TO_CHARACTERS) return;
  const support = await parts.loadLanguage(language);
  if (support !== undefined) pane.setLanguage(support);
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
  else if (before === "edit") allowed = now.rights;
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

function factsOf(file: Decoded, language: string | undefined): string[] {
  if (!file.editable) return [words.text.binary];
  const encoding = { "utf-8": "UTF-8", "utf-16le": "UTF-16 LE", "utf-16be": "UTF-16 BE", binary: "" }[file.encoding];
  const separator = { "\n": "LF", "\r\n": "CRLF", "\r": "CR", mixed: words.text.mixed }[file.lineSeparator];
  return [language ?? words.text.plain, file.bom && file.encoding === "utf-8" ? words.text.bom(encoding) : encoding, separator];
}
