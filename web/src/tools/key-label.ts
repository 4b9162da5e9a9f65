// How a key of the list of commands is written for people: Ctrl+Shift+P, or ⇧⌘P on a Mac.
// It must never say a key that the command does not have.

import { words } from "../words/words.ts";

const MAC: Record<string, string> = { $mod: "⌘", Control: "⌃", Alt: "⌥", Shift: "⇧", Meta: "⌘" };
const NAMED: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
/** As Apple writes them. */
const MAC_ORDER = ["⌃", "⌥", "⇧", "⌘"];

/** `keys` is in the notation of tinykeys, such as "$mod+Shift+p". */
export function keyLabel(keys: string, mac: boolean): string {
  return keys
    .split(" ")
    .map((press) => pressLabel(press, mac))
    .join(" ");
}

function pressLabel(press: string, mac: boolean): string {
  const parts = press.split("+");
  // "$mod++" is the plus key.
  const key = parts.at(-1) === "" ? "+" : (parts.at(-1) ?? "");
  const held = parts.slice(0, -1).filter((part) => part !== "");
  // "KeyP" is the key itself, whatever Alt makes of it.
  const plain = key.replace(/^Key(?=[A-Z]$)/, "");
  const named = NAMED[plain] ?? (plain.length === 1 ? plain.toUpperCase() : plain);
  const { control, shift } = words.tools.keyNames;
  const other: Record<string, string> = { $mod: control, Control: control, Shift: shift };
  if (!mac) return [...held.map((part) => other[part] ?? part), named].join("+");
  const signs = held.map((part) => MAC[part] ?? part).sort((a, b) => MAC_ORDER.indexOf(a) - MAC_ORDER.indexOf(b));
  return `${signs.join("")}${named}`;
}

/** Whether the keys are those of Apple. */
export function onMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
