// The story of the editor page: fetch the file, show it, save it when asked, warn before unsaved text is left.
// It must never hold rules of its own beyond the order of things.

import { downloadCopy } from "./download.ts";
import { type Decoded, decode, PLAIN } from "./encoding.ts";
import { follow } from "./events.ts";
import { forget, keptOf } from "./kept.ts";
import { languageOf, loadLanguage } from "./languages.ts";
import { hideNotice, showNotice } from "./notice.ts";
import { element, readPage } from "./page.ts";
import { Pane } from "./pane.ts";
import { connect, type Fetched, type Replaces } from "./remote.ts";
import { showFacts, showPlace, showState } from "./status.ts";
import type { Told } from "./told.ts";
import { keptText, NOT_TEXT, TOO_LARGE_TO_EDIT, whyNotOpened, whyStopped } from "./words.ts";
import { sameBytes, Work } from "./work.ts";

/** Above this, a text that its language's parser takes badly would make each key stroke wait. */
const COLOURED_UP_TO_CHARACTERS = 2_097_152;

const page = readPage();
const remote = connect(page.base);
const language = languageOf(page.name);
const saveButton = element("save", HTMLButtonElement);
const downloadButton = element("download", HTMLButtonElement);
let pane: Pane | undefined;
let work: Work | undefined;
/** What the key allows now, as far as we were told. */
let allowed: "edit" | "view" | "nothing" = page.rights;

saveButton.addEventListener("click", () => void work?.save());
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  // Also where there is nothing to save: the browser's own "save page" would write the page, not the file.
  event.preventDefault();
  void work?.save();
});
addEventListener("beforeunload", (event) => {
  if (work?.pending) event.preventDefault();
});
void open();

async function open(): Promise<void> {
  // The language is on its way while the file is.
  const coming = language === undefined ? undefined : loadLanguage(language);
  const fetched = await remote.fetchFile();
  if (!begin(fetched)) return;
  follow(page.base, told);
  void offerKept(fetched.kind === "file" ? fetched.bytes : undefined);
  const support = await coming;
  if (support !== undefined && pane !== undefined && pane.text.length <= COLOURED_UP_TO_CHARACTERS) pane.setLanguage(support);
}

function begin(fetched: Fetched): boolean {
  if (fetched.kind === "file") {
    beginWith(decode(fetched.bytes), fetched.version, fetched.bytes);
    return true;
  }
  if (fetched.kind === "absent" && allowed === "edit") {
    beginWith({ ...PLAIN, text: "", editable: true }, fetched.version, new Uint8Array());
    return true;
  }
  const advice = whyNotOpened(fetched.kind === "absent" ? 404 : fetched.status);
  showState("unreadable");
  showNotice("alarm", advice.text, advice.again ? [{ label: "Try again", run: retry }] : []);
  return false;
}

function retry(): void {
  hideNotice();
  showState("loading");
  void open();
}

function beginWith(file: Decoded, version: Replaces, bytes: Uint8Array<ArrayBuffer>): void {
  const fits = bytes.length <= page.bodyLimitBytes;
  const writable = allowed === "edit" && file.editable && fits;
  if (!file.editable) showNotice("calm", NOT_TEXT, []);
  else if (!fits && page.rights === "edit") showNotice("calm", TOO_LARGE_TO_EDIT, []);
  work = undefined;
  pane ??= makePane();
  pane.show({ text: file.text, lineSeparator: file.lineSeparator, writable });
  showFacts(factsOf(file));
  saveButton.hidden = !writable;
  downloadButton.hidden = false;
  downloadButton.onclick = () => (work === undefined ? downloadCopy(page.name, bytes) : work.download());
  if (writable) {
    work = new Work(page, remote, pane, { format: file, version }, beginWith);
    // On a phone the focus would bring the keyboard up over the text.
    if (matchMedia("(pointer: fine)").matches) pane.focus();
  } else {
    showState("view");
  }
}

/** The key is less than it was, or nothing. */
function told(now: Told): void {
  const before = allowed;
  if (now.state === "dead") allowed = "nothing";
  else if (before === "edit") allowed = now.rights;
  if (allowed === before || allowed === "edit") return;
  const why = allowed === "nothing" ? "dead" : "view";
  saveButton.hidden = true;
  if (work !== undefined) {
    void work.stop(why);
  } else if (why === "dead") {
    showState("ended");
    showNotice("alarm", whyStopped("dead", "nothing"), []);
  }
}

/** A text that an earlier link could not save is offered where it is not what the file holds by now. */
async function offerKept(bytes: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
  const kept = await keptOf(page.keyId, page.fileId);
  if (kept === undefined) return;
  if (bytes !== undefined && sameBytes(kept.bytes, bytes)) return forget(kept);
  if (allowed === "nothing") return;
  const putIn = { label: "Put it in", run: () => (hideNotice(), work?.putIn(kept)) };
  const rest = [
    { label: "Download it", run: () => downloadCopy(kept.name, kept.bytes) },
    { label: "Throw it away", run: () => (hideNotice(), void forget(kept)) },
  ];
  showNotice("calm", keptText(new Date(kept.at).toLocaleString()), work === undefined ? rest : [putIn, ...rest]);
}

function makePane(): Pane {
  const parent = element("text", HTMLElement);
  parent.replaceChildren();
  return new Pane({
    parent,
    name: page.name,
    nonce: page.nonce,
    onText: () => work?.show(),
    onPlace: showPlace,
  });
}

function factsOf(file: Decoded): string[] {
  if (!file.editable) return ["Not text"];
  const encoding = { "utf-8": "UTF-8", "utf-16le": "UTF-16 LE", "utf-16be": "UTF-16 BE", binary: "" }[file.encoding];
  const separator = { "\n": "LF", "\r\n": "CRLF", "\r": "CR", mixed: "mixed line ends" }[file.lineSeparator];
  return [language?.name ?? "Plain text", file.bom && file.encoding === "utf-8" ? `${encoding} with BOM` : encoding, separator];
}
