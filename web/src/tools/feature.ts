// The tools around the text: the list of commands, keyboard help, options, and all that is found by them.
// It must never bring a dialog or CodeMirror along: those are fetched when they are asked for.

import type { Command } from "../commands.ts";
import type { Editor } from "../feature.ts";
import { element } from "../page.ts";
import { words, type Words } from "../words/words.ts";
import { feel } from "./feel-feature.ts";
import { foot } from "./foot.ts";
import { instead } from "./instead.ts";
import { lines, linkToLines } from "./lines.ts";
import { withPart } from "./part.ts";
import { printWhole } from "./print.ts";
import { readings } from "./read-feature.ts";
import { textCommands } from "./text-commands.ts";
import { tidy } from "./tidy.ts";

const WARMED_AFTER_MS = 1_000;

export function tools(editor: Editor): void {
  const { commands, options } = editor;
  element("menu", HTMLButtonElement).addEventListener("click", () => commands.run("palette"));
  commands.add(
    command("revert", { group: "file", available: () => editor.opened?.work?.unsaved ?? false, run: () => void withPart(import("./revert.ts"), ({ revert }) => revert(editor)) }),
    command("print", { group: "file", available: () => editor.opened !== undefined, keys: ["$mod+p"], run: () => print() }),
    command("linkToLines", { group: "share", available: () => editor.opened !== undefined, run: () => linkToLines(editor) }),
    ...textCommands(editor),
    command("wrap", { group: "view", keys: ["Alt+z"], run: () => options.set("wrap", options.get("wrap") === "on" ? "off" : "on") }),
    command("spelling", { group: "view", run: () => options.set("spelling", options.get("spelling") === "on" ? "off" : "on") }),
    command("larger", { group: "view", keys: ["$mod+Alt+="], run: () => resize(editor, 1) }),
    command("smaller", { group: "view", keys: ["$mod+Alt+-"], run: () => resize(editor, -1) }),
    command("vim", { group: "view", run: () => options.set("keymap", options.get("keymap") === "vim" ? "plain" : "vim") }),
    command("palette", { group: "help", keys: ["F1", "$mod+Shift+p"], run: () => void withPart(import("./palette.ts"), ({ openPalette }) => openPalette(commands)) }),
    command("options", { group: "help", keys: ["$mod+,"], run: () => void withPart(import("./preferences.ts"), ({ openPreferences }) => openPreferences(options)) }),
    command("help", { group: "help", keys: ["Shift+F1"], run: () => void withPart(import("./help.ts"), ({ openHelp }) => openHelp(commands)) }),
  );
  for (const part of [feel, foot, readings, instead, lines, printWhole, tidy]) part(editor);
  editor.shown.on(() => setTimeout(warm, WARMED_AFTER_MS));
}

/** Whoever presses F1, or chooses to go to a line, types on at once: what follows must not go into the text. */
function warm(): void {
  for (const part of [import("./palette.ts"), import("./in-text.ts")]) void part.catch(() => undefined);
}

/** A command whose name is read when it is shown. */
export function command(id: keyof Words["commands"], rest: Omit<Command, "id" | "name">): Command {
  return {
    id,
    get name() {
      return words.commands[id];
    },
    ...rest,
  };
}

function resize({ options }: Editor, by: 1 | -1): void {
  const sizes = options.choices("fontSize").filter((size) => size !== "default");
  const now = Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue("--code-size"), 10);
  const next = by > 0 ? sizes.find((size) => Number(size) > now) : sizes.filter((size) => Number(size) < now).at(-1);
  if (next !== undefined) options.set("fontSize", next);
}
