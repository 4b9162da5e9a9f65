// The banner between the head and the text: one message and what can be done about it.
// It must never take the text away or the focus from it.

import { element } from "./page.ts";

export interface Action {
  readonly label: string;
  run(): void;
}

const banner = element("notice", HTMLElement);
const sentence = element("notice-text", HTMLElement);
const buttons = element("notice-actions", HTMLElement);

/** What changes by the second; not read out each time. */
const note = element("notice-note", HTMLElement);
/** How many were shown: which one it is. */
let count = 0;

export function showNotice(tone: "calm" | "alarm", text: string, actions: readonly Action[]): void {
  count += 1;
  banner.dataset["tone"] = tone;
  sentence.textContent = text;
  note.textContent = "";
  buttons.replaceChildren(...actions.map(button));
  banner.hidden = false;
}

/** One sentence and one action more. */
export function addToNotice(text: string, action: Action): void {
  sentence.textContent += ` ${text}`;
  buttons.append(button(action));
  banner.hidden = false;
}

/** What is to be seen beside the message now. */
export function noteNotice(text: string): void {
  note.textContent = text;
}

/** What hides the present one, and none that is shown later. */
export function thisNotice(): () => void {
  const own = count;
  return () => {
    if (own === count) hideNotice();
  };
}

export function hideNotice(): void {
  // A button that hides with its banner would drop the focus to the top of the page.
  const held = banner.contains(document.activeElement);
  banner.hidden = true;
  sentence.textContent = note.textContent = "";
  if (held) document.querySelector<HTMLElement>(".cm-content")?.focus();
}

function button(action: Action): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button quiet";
  made.textContent = action.label;
  made.addEventListener("click", () => action.run());
  return made;
}
