// The dialogs for how the file is read and written: its encoding, and what ends its lines.
// It must never change a byte by itself: what is read anew is not saved, and what is converted is saved when the reader saves.

import type { Editor, Opened } from "../feature.ts";
import { SEVERAL_BYTES, SINGLE_BYTE } from "../text/charsets.ts";
import { decodeAs, type Encoding, type Format, isUnicode, LATIN1, type LineSeparator, readAs, unencodable } from "../text/encoding.ts";
import { words } from "../words/words.ts";
import { actions, button, confirmed, make, openDialog } from "./dialog.ts";

const UNICODE = ["utf-8", "utf-16le", "utf-16be"] as const;
/** What is shown of the text, to see whether it is the right encoding. */
const SAMPLE_LINES = 4;
const SAMPLE_CHARACTERS = 240;

export function openEncodings(editor: Editor): void {
  const { opened } = editor;
  if (opened === undefined) return;
  const { work } = opened;
  const now = work?.format.encoding ?? opened.file.encoding;
  const read = chooser(words.encoding.readAs, [...UNICODE, ...SINGLE_BYTE, ...SEVERAL_BYTES], now === "binary" ? LATIN1 : now);
  const sample = make("pre", "sample", "");
  sample.tabIndex = 0;
  sample.setAttribute("aria-label", words.encoding.sample);
  const readButton = button(words.encoding.read, () => {
    dialog.close();
    void reread(editor, read.select.value as Encoding);
  });
  const look = (): void => {
    const decoded = decodeAs(read.select.value as Encoding, opened.bytes);
    sample.textContent = decoded === undefined ? words.encoding.unreadable : sampleOf(decoded.text);
    readButton.disabled = decoded === undefined;
  };
  read.select.addEventListener("change", look);
  look();
  const parts: HTMLElement[] = [read.label, sample, row(readButton)];
  if (convertible(editor, opened)) parts.push(converter(editor, opened, now, () => dialog.close()));
  const dialog = openDialog(words.commands.encoding, "encodings", ...parts, actions([words.tools.close, () => dialog.close()]));
}

/** Also what we only read: converted, it can be written. */
export function convertible(editor: Editor, { work, file, bytes }: Opened): boolean {
  if (work !== undefined) return true;
  return editor.mayEdit && file.encoding !== "binary" && !file.editable && bytes.length <= editor.page.bodyLimitBytes;
}

function converter(editor: Editor, opened: Opened, now: Encoding, close: () => void): HTMLElement {
  const box = make("div", "convert", "");
  const write = chooser(words.encoding.writeAs, [...UNICODE, ...SINGLE_BYTE], now);
  const mark = make("input", "", "");
  mark.type = "checkbox";
  mark.checked = opened.work?.format.bom ?? false;
  const marked = make("label", "check", "");
  marked.append(mark, words.encoding.mark);
  const unfit = make("p", "muted", "");
  unfit.setAttribute("role", "status");
  const done = button(words.encoding.convert, () => {
    close();
    void convert(editor, { encoding: write.select.value as Encoding, bom: mark.checked && !marked.hidden });
  });
  const look = (): void => {
    const encoding = write.select.value as Encoding;
    marked.hidden = !isUnicode(encoding);
    const first = unencodable(opened.pane.text.toString(), encoding);
    unfit.textContent = first === undefined ? "" : words.encoding.unfit(first.character, opened.pane.text.lineAt(first.at).number, words.encoding.short(encoding, false));
    done.disabled = first !== undefined;
  };
  write.select.addEventListener("change", look);
  look();
  box.append(write.label, marked, unfit, row(done));
  return box;
}

/** The file as it is on the server, read another way. */
export async function reread(editor: Editor, encoding: Encoding): Promise<void> {
  if (editor.opened?.work?.unsaved && !(await confirmed(words.encoding.read, words.encoding.lost, words.encoding.readAnyway, words.tools.cancel))) return;
  readAs({ first: encoding });
  await editor.reopen();
}

/** The text stays; what a save writes changes. */
export async function convert(editor: Editor, to: Pick<Format, "encoding" | "bom">): Promise<void> {
  const { opened } = editor;
  if (opened === undefined) return;
  const before = (opened.work?.base.format ?? opened.file).encoding;
  // Until it is saved the server's bytes are what they were.
  readAs({ first: before });
  if (opened.work === undefined) await editor.begin({ ...opened.file, editable: true }, opened.version, opened.bytes);
  const work = editor.opened?.work;
  work?.stood.on(() => readAs({ first: work.base.format.encoding }));
  work?.convert({ ...work.format, ...to });
}

export function openLineEnds(editor: Editor): void {
  const { opened } = editor;
  if (opened === undefined) return;
  const now = opened.work?.format.lineSeparator ?? opened.file.lineSeparator;
  const list = make("div", "choices", "");
  for (const separator of ["\n", "\r\n", "\r"] as const) {
    const choice = button(words.encoding.ends[separator].long, () => {
      dialog.close();
      convertEnds(opened, separator);
    });
    choice.setAttribute("aria-pressed", String(separator === now));
    choice.disabled = opened.work === undefined;
    list.append(choice);
  }
  const text = now === "mixed" ? words.encoding.mixed : words.encoding.endsNow(words.encoding.ends[now].long);
  const dialog = openDialog(words.commands.lineEnds, "ends", make("p", "", text), list, actions([words.tools.close, () => dialog.close()]));
}

export function convertEnds({ pane, work }: Opened, lineSeparator: Exclude<LineSeparator, "mixed">): void {
  if (work === undefined || work.format.lineSeparator === lineSeparator) return;
  const mixed = work.format.lineSeparator === "mixed";
  if (mixed) pane.show({ text: pane.text.toString().replace(/\r\n?/g, "\n"), lineSeparator, writable: true });
  work.convert({ ...work.format, lineSeparator });
}

function chooser(label: string, encodings: readonly Encoding[], now: Encoding): { readonly label: HTMLElement; readonly select: HTMLSelectElement } {
  const select = make("select", "", "");
  for (const encoding of encodings) {
    const entry = make("option", "", words.encoding.long(encoding));
    entry.value = encoding;
    select.append(entry);
  }
  select.value = now;
  if (select.value === "") select.selectedIndex = 0;
  const named = make("label", "chooser", label);
  named.append(select);
  return { label: named, select };
}

function row(...each: readonly Node[]): HTMLElement {
  const made = make("div", "actions", "");
  made.append(...each);
  return made;
}

/** The first lines with a character that encodings disagree about. */
function sampleOf(text: string): string {
  const lines = text.split(/\r\n?|\n/);
  const telling = lines.filter((line) => /[^\0-\x7F]/.test(line));
  return (telling.length > 0 ? telling : lines)
    .slice(0, SAMPLE_LINES)
    .map((line) => line.trim().slice(0, SAMPLE_CHARACTERS))
    .join("\n");
}
