// The dialog of what the reader likes: each option with its choices, in force as soon as it is chosen.
// It must never hold an option that does nothing.

import type { Choice, Option, Options } from "../options.ts";
import { words } from "../words/words.ts";
import { actions, make, openDialog } from "./dialog.ts";

export function openPreferences(options: Options): void {
  const fields = make("div", "fields", "");
  fields.append(...options.all.map((option) => field(options, option)));
  const kept = make("p", "muted", words.options.kept);
  const dialog = openDialog(words.commands.options, "preferences", fields, kept, actions([words.tools.close, () => dialog.close()]));
}

function field<O extends Option>(options: Options, option: O): HTMLElement {
  const label = make("label", "", words.options.names[option]);
  const select = make("select", "", "");
  select.name = option;
  for (const choice of options.choices(option)) {
    const named: Readonly<Record<string, string>> = words.options.choices[option];
    const entry = make("option", "", named[choice] ?? choice);
    entry.value = choice;
    select.append(entry);
  }
  select.value = options.get(option);
  select.addEventListener("change", () => options.set(option, select.value as Choice<O>));
  label.append(select);
  return label;
}
