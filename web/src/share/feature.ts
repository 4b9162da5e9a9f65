// Sharing: a narrower link to this file, made from the one at hand. The dialog is fetched when somebody asks for it.
// It must never offer what the link cannot give.

import type { Editor } from "../feature.ts";
import { showNotice } from "../notice.ts";
import { element } from "../page.ts";
import { words } from "../words/words.ts";

export function share(editor: Editor): void {
  const button = element("share", HTMLButtonElement);
  let rights: "edit" | "view" | "nothing" = editor.page.rights;
  button.addEventListener("click", () => editor.commands.run("share"));
  // A file that is too large to open by itself can be given to others all the same.
  let here = false;
  const come = (): void => {
    here = true;
    button.hidden = rights === "nothing";
  };
  editor.shown.on(come);
  editor.tooLarge.on(come);
  editor.told.on((told) => {
    if (told.state === "dead") rights = "nothing";
    else if (told.state === "live") rights = told.rights;
    if (rights === "nothing") button.hidden = true;
  });
  editor.commands.add({
    id: "share",
    name: words.share.command,
    group: "share",
    available: () => here && rights !== "nothing",
    run: () => void open(),
  });

  async function open(): Promise<void> {
    try {
      const { openShare } = await import("./dialog.ts");
      openShare(editor.page);
    } catch {
      showNotice("alarm", words.share.notFetched, [{ label: words.tools.again, run: () => void open() }]);
    }
  }
}
