// The list of everything that can be done now: a menu that is searched by typing a few letters of a name.
// It must never do anything but what was chosen, and never show what makes no sense at this moment.

import fuzzysort from "fuzzysort";

import type { Command, Commands } from "../commands.ts";
import { words } from "../words/words.ts";
import { type Dialog, make, openNamed } from "./dialog.ts";
import { keyLabel, onMac } from "./key-label.ts";

const LIST = "palette-list";
const GROUPS: readonly Command["group"][] = ["file", "share", "view", "edit", "help"];

let shown: Dialog | undefined;

export function openPalette(commands: Commands): void {
  if (shown !== undefined) return shown.close();
  const all = commands.available.filter(({ id }) => id !== "palette");
  const input = searchField();
  const list = make("div", "list", "");
  list.id = LIST;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.tools.commands);
  const none = make("p", "none", words.tools.noCommand);
  none.setAttribute("role", "status");
  const dialog = openNamed(words.tools.commands, "palette", input, list, none);
  shown = dialog;
  dialog.box.addEventListener("close", () => (shown = undefined));

  let entries: HTMLElement[] = [];
  let at = 0;
  const select = (next: number): void => {
    entries[at]?.setAttribute("aria-selected", "false");
    at = entries.length === 0 ? 0 : (next + entries.length) % entries.length;
    const entry = entries[at];
    entry?.setAttribute("aria-selected", "true");
    entry?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", entry?.id ?? "");
  };
  const fill = (): void => {
    const query = input.value.trim();
    list.replaceChildren(...(query === "" ? inGroups(all) : found(all, query)));
    entries = [...list.querySelectorAll<HTMLElement>("[role=option]")];
    none.hidden = entries.length > 0;
    at = 0;
    select(0);
    list.scrollTop = 0;
  };
  const run = (entry: HTMLElement | undefined): void => {
    const id = entry?.dataset["command"];
    if (id === undefined) return;
    dialog.close();
    commands.run(id);
  };
  input.addEventListener("input", fill);
  input.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (move !== undefined) select(Math.abs(move) === 1 ? at + move : Math.max(0, Math.min(entries.length - 1, at + move)));
    else if (event.key === "Enter" && !event.isComposing) run(entries[at]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => run((event.target as Element).closest<HTMLElement>("[role=option]") ?? undefined));
  fill();
  input.focus();
}

function searchField(): HTMLInputElement {
  const input = make("input", "", "");
  input.type = "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.placeholder = words.tools.typeCommand;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-label", words.tools.typeCommand);
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", LIST);
  return input;
}

function inGroups(all: readonly Command[]): HTMLElement[] {
  const groups = GROUPS.map((group) => {
    const box = make("div", "", "");
    const title = make("div", "title", words.tools.groups[group]);
    title.id = `palette-${group}`;
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", title.id);
    box.append(title, ...all.filter((command) => command.group === group).map((command) => entry(command, command.name)));
    return box;
  });
  return groups.filter((box) => box.childElementCount > 1);
}

function found(all: readonly Command[], query: string): HTMLElement[] {
  const prepared = all.map((command) => ({ command, name: command.name }));
  return fuzzysort.go(query, prepared, { key: "name", threshold: 0.2 }).map((result) => {
    const name = result.highlight((part) => make("mark", "", part));
    return entry(result.obj.command, ...name);
  });
}

function entry(command: Command, ...name: (string | Node)[]): HTMLElement {
  const made = make("div", "entry", "");
  made.id = `palette-${command.id}`;
  made.dataset["command"] = command.id;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  const label = make("span", "", "");
  label.append(...name);
  made.append(label);
  const keys = (command.keys ?? command.shownKeys)?.[0];
  if (keys !== undefined) made.append(make("kbd", "", keyLabel(keys, onMac())));
  return made;
}
