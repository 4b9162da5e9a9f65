// A text that an earlier link could not save is offered where it is not what the file holds by now.
// It must never put a text in by itself, nor throw one away.

import { downloadCopy } from "../download.ts";
import type { Editor, Opened } from "../feature.ts";
import { hideNotice, showNotice } from "../notice.ts";
import { sayMoment } from "../words/say.ts";
import { words } from "../words/words.ts";
import { sameBytes } from "../work.ts";
import { forget, keptOf } from "./kept.ts";

export function offerKept(editor: Editor): void {
  let asked = false;
  editor.shown.on((opened) => {
    if (!asked) void offer(editor, opened);
    asked = true;
  });
}

async function offer(editor: Editor, { bytes, work }: Opened): Promise<void> {
  const kept = await keptOf(editor.page.keyId, editor.page.fileId);
  if (kept === undefined) return;
  if (sameBytes(kept.bytes, bytes)) return forget(kept);
  const putIn = { label: words.kept.putIn, run: () => (hideNotice(), work?.putIn(kept)) };
  const rest = [
    { label: words.kept.download, run: () => downloadCopy(kept.name, kept.bytes) },
    { label: words.kept.throwAway, run: () => (hideNotice(), void forget(kept)) },
  ];
  showNotice("calm", words.kept.offered(sayMoment(kept.at)), work === undefined ? rest : [putIn, ...rest]);
}
