// What this reader likes: kept in this browser for all files, heard by all its tabs.
// It must never hold anything of a file or a key, and never fail where a browser keeps nothing.

import { Signal } from "./signal.ts";

const CHOICES = {
  /** When the text is saved without being asked. */
  autosave: ["off", "pause", "blur"],
  wrap: ["on", "off"],
  spelling: ["off", "on"],
  keymap: ["plain", "vim"],
  /** In pixels. */
  fontSize: ["default", "12", "14", "16", "18", "20", "24", "28"],
  /** "file" is what .editorconfig and the text itself say. */
  tabSize: ["file", "2", "4", "8"],
  preview: ["off", "on"],
} as const;

export type Option = keyof typeof CHOICES;
export type Choice<O extends Option> = (typeof CHOICES)[O][number];

const STORED_AS = "editkey.options";

export class Options {
  readonly changed = new Signal<Option>();
  #chosen: Partial<Record<Option, string>> = read();

  constructor() {
    addEventListener("storage", (event) => {
      if (event.key !== STORED_AS) return;
      const before = this.#chosen;
      this.#chosen = read();
      for (const option of Object.keys(CHOICES) as Option[]) {
        if (before[option] !== this.#chosen[option]) this.changed.tell(option);
      }
    });
  }

  /** What was chosen; the first of its choices where nothing fit was. */
  get<O extends Option>(option: O): Choice<O> {
    const choices: readonly string[] = CHOICES[option];
    const chosen = this.#chosen[option];
    return (chosen !== undefined && choices.includes(chosen) ? chosen : CHOICES[option][0]) as Choice<O>;
  }

  set<O extends Option>(option: O, choice: Choice<O>): void {
    if (this.get(option) === choice) return;
    this.#chosen = { ...this.#chosen, [option]: choice };
    try {
      localStorage.setItem(STORED_AS, JSON.stringify(this.#chosen));
    } catch {
      // Then it holds for this page alone.
    }
    this.changed.tell(option);
  }

  get all(): readonly Option[] {
    return Object.keys(CHOICES) as Option[];
  }

  choices<O extends Option>(option: O): readonly Choice<O>[] {
    return CHOICES[option];
  }
}

function read(): Partial<Record<Option, string>> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}");
    return typeof stored === "object" && stored !== null ? stored : {};
  } catch {
    return {};
  }
}
