// The text is saved without being asked, where the reader chose so: when the typing pauses, or when the window is left.
// It must never save what a person has to decide about first, nor try again what was refused: that has its own time.

import type { ViewUpdate } from "@codemirror/view";

import type { Editor } from "../feature.ts";
import type { Choice } from "../options.ts";
import { words } from "../words/words.ts";

const PAUSE_MS = 2_000;
/** What no hand did here: a text that came back, and what came from elsewhere. Vim's keys say nothing of what they do. */
const NOT_BY_HAND = ["restore", "outside"];

export function autosave(editor: Editor): void {
  const { commands, options, shown } = editor;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let first = true;
  /** Somebody wrote here since it was saved. */
  let touched = false;
  const chosen = (choice: Choice<"autosave">): boolean => options.get("autosave") === choice;
  const save = (): void => {
    const work = editor.opened?.work;
    if (touched && work?.unsaved && !work.failed) void work.save(false);
  };
  const typed = (update: ViewUpdate): void => {
    if (!update.transactions.some((each) => each.docChanged && !NOT_BY_HAND.some((kind) => each.isUserEvent(kind)))) return;
    touched = true;
    wait();
  };
  const wait = (): void => {
    clearTimeout(pause);
    if (chosen("pause")) pause = setTimeout(paused, PAUSE_MS);
  };
  const paused = (): void => {
    // What is being composed is saved when it is there.
    if (editor.opened?.pane.view.composing) wait();
    else if (chosen("pause")) save();
  };
  const left = (): void => {
    if (chosen("blur")) save();
  };
  commands.add(
    ...options.choices("autosave").map((choice) => ({
      id: `autosave-${choice}`,
      name: words.autosave[choice],
      group: "file" as const,
      available: () => !chosen(choice),
      run: () => options.set("autosave", choice),
    })),
  );
  options.changed.on((option) => option === "autosave" && wait());
  shown.on(({ pane, work }) => {
    touched = false;
    work?.stood.on(() => {
      touched = work.unsaved;
    });
    if (first) pane.typed.on(typed);
    if (first) pane.view.contentDOM.addEventListener("blur", left);
    first = false;
  });
  addEventListener("blur", left);
  document.addEventListener("visibilitychange", () => document.hidden && left());
}
