// How a key of the list of commands is written for people: Ctrl+Shift+P, or ⇧⌘P on a Mac.
// It must never say a key that the command does not have.

const MAC: Record<string, string> = { $mod: "⌘", Control: "⌃", Alt: "⌥", Shift: "⇧", Meta: "⌘" };
const OTHER: Record<string, string> = { $mod: "Ctrl", Control: "Ctrl", Meta: "Meta" };
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
  const named = NAMED[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  if (!mac) return [...held.map((part) => OTHER[part] ?? part), named].join("+");
  const signs = held.map((part) => MAC[part] ?? part).sort((a, b) => MAC_ORDER.indexOf(a) - MAC_ORDER.indexOf(b));
  return `${signs.join("")}${named}`;
}

/** Whether the keys are those of Apple. */
export function onMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
