// Everything that can be done by name: buttons, keys, the palette and the keyboard help read this one list.
// It must never do anything itself, nor take a key that the text has used already.

import { createKeybindingsHandler } from "tinykeys";

import { Signal } from "./signal.ts";

export interface Command {
  /** Says which one it is, in code; never shown. */
  readonly id: string;
  /** As the palette shows it, in the reader's language. */
  readonly name: string;
  readonly group: "file" | "edit" | "view" | "share" | "help";
  /** In the notation of tinykeys, such as "$mod+s"; the first is the one that is shown. */
  readonly keys?: readonly string[];
  /** Keys that the text takes itself, in the same notation: shown, and never bound here. */
  readonly shownKeys?: readonly string[];
  /** Whether it makes sense at this moment. */
  available?(): boolean;
  run(): void;
}

export class Commands {
  /** About to be done. */
  readonly chosen = new Signal<string>();
  readonly #all = new Map<string, Command>();

  add(...commands: readonly Command[]): void {
    for (const command of commands) {
      if (this.#all.has(command.id)) throw new Error(`two commands are called ${command.id}`);
      this.#all.set(command.id, command);
      if (command.keys !== undefined) this.#bind(command, command.keys);
    }
  }

  get all(): readonly Command[] {
    return [...this.#all.values()];
  }

  /** Those that make sense now, in the order in which they were added. */
  get available(): readonly Command[] {
    return [...this.#all.values()].filter((command) => command.available?.() ?? true);
  }

  /** Does it, where it makes sense now. */
  run(id: string): void {
    const command = this.#all.get(id);
    if (command === undefined || !(command.available?.() ?? true)) return;
    this.chosen.tell(id);
    command.run();
  }

  #bind(command: Command, keys: readonly string[]): void {
    const act = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.repeat) return;
      // Also where it makes no sense now: the browser's own meaning (save the page) would be worse than nothing.
      event.preventDefault();
      this.run(command.id);
    };
    addEventListener("keydown", createKeybindingsHandler(Object.fromEntries(keys.map((key) => [key, act]))));
  }
}
