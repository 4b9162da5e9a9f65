// Whether this browser keeps what is unsaved: in the footer that it does, once in the banner that it cannot; and the ways to forget it.
// It must never forget without being asked, nor leave the reader thinking that something is kept which is not.

import type { Editor } from "../feature.ts";
import { hideNotice, showNotice } from "../notice.ts";
import { element } from "../page.ts";
import { words } from "../words/words.ts";
import type { Keeping, Recorder } from "./recorder.ts";
import type { Tabs } from "./tabs.ts";

export function tellKeeping(editor: Editor, recorder: Recorder, tabs: Tabs): void {
  const { commands, page } = editor;
  const button = element("kept", HTMLButtonElement);
  let told = false;
  const tell = (keeping: Keeping): void => {
    button.hidden = keeping !== "kept";
    if (keeping === "forgotten") return showNotice("calm", words.draft.forgotten, []);
    if (keeping !== "lost" || told || editor.opened?.work?.unsaved !== true) return;
    told = true;
    showNotice("calm", words.draft.lost, [
      { label: words.tools.save, run: () => commands.run("save") },
      { label: words.tools.download, run: () => commands.run("download") },
    ]);
  };
  const forget = async (): Promise<void> => {
    recorder.forget();
    tabs.tell({ kind: "forgotten" });
    const store = await recorder.store;
    await store.erase((await store.draftsOf(page.keyId, page.fileId)).map(({ id }) => id));
  };
  const forgetAll = async (): Promise<void> => {
    recorder.forget();
    await (await recorder.store).eraseAll();
  };
  const about = (): void =>
    showNotice("calm", words.draft.about, [
      { label: words.draft.forget, run: () => commands.run("forget") },
      { label: words.draft.forgetAll, run: () => commands.run("forget-all") },
      { label: words.draft.goOn, run: hideNotice },
    ]);
  const failed = (): void => showNotice("alarm", words.draft.notForgotten, []);
  commands.add(
    { id: "kept", name: words.draft.kept, group: "file", available: () => recorder.keeping === "kept", run: about },
    { id: "forget", name: words.draft.forget, group: "file", available: () => recorder.keeping !== "lost", run: () => void forget().catch(failed) },
    { id: "forget-all", name: words.draft.forgetAll, group: "file", available: () => recorder.keeping !== "lost", run: () => void forgetAll().catch(failed) },
  );
  button.textContent = words.draft.kept;
  button.addEventListener("click", () => commands.run("kept"));
  recorder.changed.on(tell);
  let first = true;
  editor.shown.on(({ pane }) => {
    // A browser that keeps nothing has said so before anything was typed.
    if (first) pane.typed.on(() => tell(recorder.keeping));
    first = false;
  });
}
