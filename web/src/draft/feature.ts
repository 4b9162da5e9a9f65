// Never lose a word: what is not saved is kept in this browser, comes back, and is forgotten when the server has it.
// It must never keep anything of a text that is only read.

import type { Editor } from "../feature.ts";
import type { Decoded } from "../text/encoding.ts";
import type { Work } from "../work.ts";
import { autosave } from "./autosave.ts";
import { tellKeeping } from "./keeping.ts";
import { showLine } from "./line.ts";
import { Recorder } from "./recorder.ts";
import { Recovery } from "./recover.ts";
import { type Said, Tabs } from "./tabs.ts";

export function draft(editor: Editor): void {
  const tabs = new Tabs(editor.page.fileId);
  const recorder = new Recorder(editor.page, tabs.me);
  const recovery = new Recovery(editor, recorder, tabs);
  let started = false;
  showLine(tabs);
  tellKeeping(editor, recorder, tabs);
  autosave(editor);

  const follow = (work: Work, file: Decoded): void => {
    work.keep = () => recorder.kept();
    recorder.follow(work, file);
    // What it is to be brought together with when it comes back is what was merged in last.
    work.rebased.on(() => recorder.begin());
    // What is on its way is written down before it goes: should this page end now, its text is known again where it arrived.
    work.sending.on(() => recorder.begin());
    work.stood.on(() => {
      recorder.begin();
      const etag = etagOf(work);
      if (etag !== undefined) tabs.tell({ kind: "saved", etag });
      if (!work.unsaved) recovery.next();
    });
  };
  const react = (said: Said): void => {
    const work = editor.opened?.work;
    if (said.kind === "forgotten") recorder.forget();
    // Who did not hear us in time has our text too: ours is written down once more.
    else if (said.kind === "took" && said.tab === tabs.me) recorder.begin();
    // As if the server had told, which does not reach a window that nobody sees.
    else if (said.kind === "saved" && work !== undefined && etagOf(work) !== said.etag) editor.told.tell({ state: "file", revision: said.etag });
  };
  editor.shown.on(({ pane, work, file }) => {
    if (!started) pane.typed.on((update) => recorder.note(update));
    if (work !== undefined) follow(work, file);
    else recorder.leave();
    if (!started) void recovery.start();
    else if (work !== undefined) recovery.next();
    started = true;
  });
  recorder.changed.on((keeping) => {
    if (keeping === "lost" || keeping === "forgotten") editor.opened?.work?.unkeep();
  });
  editor.notOpened.on(() => void recovery.startWithout());
  tabs.heard.on(react);
  // Back from where the browser keeps pages that one may go back to: another tab may have taken what was kept here.
  addEventListener("pageshow", (event) => event.persisted && recorder.begin());
}

function etagOf({ base: { version } }: Work): string | undefined {
  return version.kind === "revision" ? version.etag : undefined;
}
