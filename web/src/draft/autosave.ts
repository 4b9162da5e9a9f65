// The text is saved without being asked, where the reader chose so: when the typing pauses, or when the window is left.
// It must never save what a person has to decide about first, nor try again what was refused: that has its own time.

import type { Editor } from "../feature.ts";
import type { Choice } from "../options.ts";
import { words } from "../words/words.ts";

const PAUSE_MS = 2_000;

export function autosave(editor: Editor): void {
  const { commands, options, shown } = editor;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let first = true;
  const chosen = (choice: Choice<"autosave">): boolean => options.get("autosave") === choice;
  const save = (): void => {
    const work = editor.opened?.work;
    if (work?.unsaved && !work.failed) void work.save(false);
  };
  const typed = (): void => {
    clearTimeout(pause);
    if (chosen("pause")) pause = setTimeout(() => chosen("pause") && save(), PAUSE_MS);
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
  options.changed.on((option) => option === "autosave" && typed());
  shown.on(({ pane }) => {
    if (first) pane.typed.on(typed);
    if (first) pane.view.contentDOM.addEventListener("blur", left);
    first = false;
  });
  addEventListener("blur", left);
  document.addEventListener("visibilitychange", () => document.hidden && left());
}
