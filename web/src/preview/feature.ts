// The preview: whether a file has one, and where it stands; what shows it is fetched when it is first looked at.
// It must never fetch anything for a reader who does not look, nor take the text away where there is room for both.

import type { Editor, Opened } from "../feature.ts";
import { element } from "../page.ts";
import { showFacts, showState } from "../status.ts";
import { words } from "../words/words.ts";
import { type Kind, kindOf, pictureType } from "./kind.ts";
import type { Panel } from "./panel.ts";

/** Where both fit beside each other. */
const WIDE = "(min-width: 50rem)";

export function preview(editor: Editor): void {
  const button = element("preview-button", HTMLButtonElement);
  const place = element("preview", HTMLElement);
  const frame = element("page", HTMLElement);
  const beside = place.parentElement;
  const wide = matchMedia(WIDE);
  let shown = false;
  let panel: Promise<Panel | undefined> | undefined;
  let kind: Kind | undefined;

  const show = async (wanted: boolean): Promise<void> => {
    const { opened } = editor;
    shown = wanted && kind !== undefined && opened !== undefined;
    const held = !shown && place.contains(document.activeElement);
    button.setAttribute("aria-pressed", String(shown));
    place.hidden = !shown;
    // A picture is no text: there is nothing to stand beside.
    // What the line below says of a text means nothing of a picture.
    frame.toggleAttribute("data-picture", shown && kind === "picture");
    if (beside !== null) beside.dataset["shown"] = !shown ? "text" : kind === "picture" ? "preview" : "both";
    if (held) opened?.pane.focus();
    opened?.pane.view.requestMeasure();
    if (!shown || opened === undefined || kind === undefined) return void (await panel)?.rest();
    panel ??= make(editor, place);
    const made = await panel;
    if (made === undefined) panel = undefined;
    else if (shown) made.show(opened, kind);
  };

  button.addEventListener("click", () => editor.commands.run("preview"));
  editor.commands.add({
    id: "preview",
    name: words.preview.name,
    group: "view",
    keys: ["$mod+Alt+KeyP"],
    available: () => kind !== undefined,
    run: () => {
      const wanted = !shown;
      // Where it takes the text's place, it is only a look.
      if (wide.matches && kind !== "picture") editor.options.set("preview", wanted ? "on" : "off");
      void show(wanted);
    },
  });
  editor.options.changed.on((option) => {
    if (option === "preview" && wide.matches && kind !== "picture" && shown !== (editor.options.get("preview") === "on")) void show(!shown);
  });
  editor.shown.on((opened) => {
    const before = kind;
    kind = shownAs(editor.page.name, opened);
    button.hidden = kind === undefined;
    if (kind === "picture") tellPicture(opened.bytes);
    const first = before !== kind;
    const wanted = kind === "picture" || (wide.matches && editor.options.get("preview") === "on");
    void show(first ? wanted : shown);
  });
}

/** What this file is shown as: bytes that are no text are a picture or nothing. */
function shownAs(name: string, { file, bytes }: Opened): Kind | undefined {
  if (!file.editable) return pictureType(bytes) === undefined ? undefined : "picture";
  const kind = kindOf(name);
  return kind === "picture" ? undefined : kind;
}

function tellPicture(bytes: Uint8Array): void {
  showState("picture");
  showFacts((pictureType(bytes) ?? "").replace("image/", "").toUpperCase());
}

async function make(editor: Editor, place: HTMLElement): Promise<Panel | undefined> {
  try {
    const { Panel } = await import("./panel.ts");
    return new Panel(editor, place);
  } catch {
    place.textContent = words.preview.missing;
    return undefined;
  }
}
