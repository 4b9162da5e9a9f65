// What .editorconfig says of the encoding, and what is offered where a text's encoding is not known or cannot hold a character.
// It must never choose an encoding by itself.

import type { Editor, Opened } from "../feature.ts";
import { hideNotice, showNotice } from "../notice.ts";
import { pictureType } from "../preview/kind.ts";
import { LATIN1, readAs } from "../text/encoding.ts";
import { words } from "../words/words.ts";
import { seemsText } from "./binary.ts";
import { withPart } from "./part.ts";

export function readings(editor: Editor): void {
  if (editor.page.style.charset === "latin1") readAs({ last: LATIN1, ascii: LATIN1 });
  editor.commands.add(
    { id: "encoding", get name() { return words.commands.encoding; }, group: "file", available: () => editor.opened !== undefined, run: () => void withPart(dialogs(), ({ openEncodings }) => openEncodings(editor)) },
    { id: "lineEnds", get name() { return words.commands.lineEnds; }, group: "file", available: () => editor.opened?.work !== undefined, run: () => void withPart(dialogs(), ({ openLineEnds }) => openLineEnds(editor)) },
  );
  editor.shown.on((opened) => offer(editor, opened));
}

function offer(editor: Editor, opened: Opened): void {
  const { file, bytes, work, pane } = opened;
  work?.unfit.on(({ character, at }) => {
    const line = pane.text.lineAt(at).number;
    showNotice("alarm", words.encoding.unfitSaved(character, line, words.encoding.short(work.format.encoding, false)), [
      { label: words.encoding.saveUtf8, run: () => void saveAsUtf8(editor) },
      { label: words.encoding.showIt, run: () => (pane.view.dispatch({ selection: { anchor: at, head: at + character.length }, scrollIntoView: true }), pane.focus()) },
      { label: words.tools.download, run: () => work.download() },
    ]);
  });
  const others = { label: words.encoding.another, run: () => editor.commands.run("encoding") };
  if (file.encoding === "binary" && seemsText(bytes) && pictureType(bytes) === undefined) {
    showNotice("calm", words.encoding.unknown, [{ label: words.encoding.asLatin, run: () => (hideNotice(), void withPart(dialogs(), ({ reread }) => reread(editor, LATIN1))) }, others]);
  } else if (file.encoding !== "binary" && !file.editable) {
    const toUtf8 = { label: words.encoding.convertUtf8, run: () => (hideNotice(), void withPart(dialogs(), ({ convert }) => convert(editor, { encoding: "utf-8", bom: false }))) };
    showNotice("calm", words.encoding.readOnly(words.encoding.short(file.encoding, false)), editor.mayEdit ? [toUtf8, others] : [others]);
  }
}

function saveAsUtf8(editor: Editor): Promise<void> {
  return withPart(dialogs(), async ({ convert }) => {
    hideNotice();
    await convert(editor, { encoding: "utf-8", bom: false });
    editor.commands.run("save");
  });
}

function dialogs(): Promise<typeof import("./encodings.ts")> {
  return import("./encodings.ts");
}
