// The keyboard help: each command that has keys, as the list of commands says it, and how to leave the text.
// It must never name a key that is not in that list, but for those of the text itself.

import type { Command, Commands } from "../commands.ts";
import { words } from "../words/words.ts";
import { actions, make, openDialog } from "./dialog.ts";
import { keyLabel, onMac } from "./key-label.ts";

const GROUPS: readonly Command["group"][] = ["file", "edit", "view", "share", "help"];

export function openHelp(commands: Commands): void {
  const tables = GROUPS.flatMap((group) => {
    const rows = commands.all.filter((command) => command.group === group && keysOf(command).length > 0);
    return rows.length === 0 ? [] : [table(words.tools.groups[group], rows.map((command) => [command.name, keysOf(command)]))];
  });
  const own = table(words.tools.inText, words.tools.textKeys.map(({ name, keys }) => [name, keys]));
  const columns = make("div", "columns", "");
  columns.append(...tables, own);
  const dialog = openDialog(words.commands.help, "help", columns, actions([words.tools.close, () => dialog.close()]));
  // Begun at its title: the first that takes the focus by itself is at its end. The keys scroll what has it.
  dialog.box.tabIndex = -1;
  dialog.box.focus();
  dialog.box.scrollTop = 0;
}

function keysOf(command: Command): readonly string[] {
  return [...(command.keys ?? []), ...(command.shownKeys ?? [])];
}

function table(caption: string, rows: readonly (readonly [name: string, keys: readonly string[]])[]): HTMLElement {
  const made = make("table", "", "");
  made.append(make("caption", "", caption));
  for (const [name, keys] of rows) {
    const row = made.insertRow();
    const head = make("th", "", name);
    head.scope = "row";
    row.append(head);
    const cell = row.insertCell();
    keys.forEach((key, index) => {
      if (index > 0) cell.append(" ");
      cell.append(make("kbd", "", keyLabel(key, onMac())));
    });
  }
  return made;
}
