// What stands in place of the text where the file is too large or no text: look at it, download it, put another in its place.
// It must never put anything in the file's place without having asked, nor over a version that was not seen.

import { downloadCopy } from "../download.ts";
import type { Editor } from "../feature.ts";
import { hideNotice, showNotice } from "../notice.ts";
import { element } from "../page.ts";
import { pictureType } from "../preview/kind.ts";
import type { Replaces } from "../remote.ts";
import { showState } from "../status.ts";
import { words } from "../words/words.ts";
import { button, confirmed, make, openNamed } from "./dialog.ts";
import { seemsText } from "./binary.ts";

/** So much of a file that is too large is shown, to look at. */
const LOOKED_AT_BYTES = 2_097_152;

interface Instead {
  readonly why: "large" | "binary";
  readonly sizeBytes: number | undefined;
  readonly version: Replaces;
  look?(): void;
  edit?(): void;
}

export function instead(editor: Editor): void {
  const place = element("text", HTMLElement);
  let box: HTMLElement | undefined;
  const clear = (): void => {
    box?.remove();
    box = undefined;
    delete place.dataset["instead"];
  };
  const show = (state: Instead): void => {
    clear();
    box = boxOf(editor, state);
    place.dataset["instead"] = state.why;
    place.append(box);
  };
  editor.tooLarge.on(({ sizeBytes, version }) => {
    document.querySelector(".early")?.remove();
    showState("large");
    const fits = sizeBytes !== undefined && sizeBytes <= editor.page.bodyLimitBytes;
    show({ why: "large", sizeBytes, version, look: () => void lookAt(editor), ...(fits && editor.mayEdit ? { edit: () => (clear(), void editor.reopen(Infinity)) } : {}) });
  });
  editor.shown.on(({ file, bytes, version }) => {
    clear();
    if (file.encoding !== "binary" || seemsText(bytes) || pictureType(bytes) !== undefined) return;
    showState("binary");
    show({ why: "binary", sizeBytes: bytes.length, version, look: clear });
  });
  editor.commands.add({
    id: "replaceFile",
    get name() {
      return words.commands.replaceFile;
    },
    group: "file",
    available: () => editor.mayEdit && editor.opened !== undefined,
    run: () => editor.opened && chooseFile(editor, editor.opened.work?.base.version ?? editor.opened.version),
  });
}

function boxOf(editor: Editor, { why, sizeBytes, version, look, edit }: Instead): HTMLElement {
  const box = make("section", "instead", "");
  const size = sizeBytes === undefined ? "" : words.tools.size(sizeBytes);
  const buttons = make("div", "actions", "");
  if (look !== undefined) buttons.append(button(why === "large" ? words.instead.lookLarge : words.instead.lookBinary, look));
  buttons.append(button(words.tools.download, () => void download(editor, why)));
  if (edit !== undefined) buttons.append(button(words.instead.editAnyway, edit));
  // What is above the limit is taken for no version that a save may name.
  if (editor.mayEdit && sizeBytes !== undefined && sizeBytes <= editor.page.bodyLimitBytes) buttons.append(button(words.commands.replaceFile, () => chooseFile(editor, version)));
  box.append(make("h2", "", words.instead[why]), make("p", "muted", [size, words.instead.why[why]].filter((text) => text !== "").join(" · ")), buttons);
  return box;
}

async function download(editor: Editor, why: Instead["why"]): Promise<void> {
  // What is too large is not what is open, which is of before it grew.
  if (why === "binary" && editor.opened !== undefined) return downloadCopy(editor.page.name, editor.opened.bytes);
  const blob = await editor.remote.fetchBlob(undefined, (bytes) => showNotice("calm", words.instead.coming(words.tools.size(bytes)), []));
  hideNotice();
  if (!(blob instanceof Blob)) return showNotice("alarm", words.why.notOpened(blob.status).text, []);
  downloadCopy(editor.page.name, blob);
}

async function lookAt(editor: Editor): Promise<void> {
  const blob = await editor.remote.fetchBlob(LOOKED_AT_BYTES, () => undefined);
  if (!(blob instanceof Blob)) return showNotice("alarm", words.why.notOpened(blob.status).text, []);
  const text = make("pre", "", await blob.text());
  text.tabIndex = 0;
  text.setAttribute("aria-label", words.text.of(editor.page.name));
  const dialog = openNamed(words.instead.lookLarge, "dialog wide looked", make("p", "muted", words.instead.beginning(words.tools.size(blob.size))), text, button(words.tools.close, () => dialog.close()));
}

/** A file of the reader's own in place of this one. */
function chooseFile(editor: Editor, version: Replaces): void {
  const input = make("input", "", "");
  input.type = "file";
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file !== undefined) void replaceBy(editor, version, file);
  });
  input.click();
}

async function replaceBy(editor: Editor, version: Replaces, file: File): Promise<void> {
  const limit = editor.page.bodyLimitBytes;
  if (file.size > limit) return showNotice("alarm", words.instead.tooLarge(words.tools.size(file.size), words.tools.size(limit)), []);
  const text = words.instead.sure(editor.page.name, file.name, words.tools.size(file.size));
  const lost = editor.opened?.work?.unsaved ? ` ${words.instead.unsavedLost}` : "";
  if (!(await confirmed(words.commands.replaceFile, text + lost, words.instead.replace, words.tools.cancel))) return;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const stored = await editor.remote.upload(bytes, version, (sent) => showNotice("calm", words.instead.going(Math.floor((sent / Math.max(1, bytes.length)) * 100)), []));
  if (stored.kind === "refused") return showNotice("alarm", words.why.notSaved(stored.status).text, []);
  if (stored.kind === "changed") return showNotice("alarm", words.instead.changed, [{ label: words.instead.lookAgain, run: () => (hideNotice(), void editor.reopen()) }]);
  hideNotice();
  await editor.reopen();
}
