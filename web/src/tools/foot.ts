// The line below the text: how it is encoded and where its lines end, how much of it there is, and where the caret stands.
// It must never hold up a key: what takes longer than a moment is counted when nothing else is to be done.

import { element } from "../page.ts";
import type { Editor } from "../feature.ts";
import type { Format } from "../text/encoding.ts";
import { type Counts, countAfter, countSlowly } from "../text/counts.ts";
import { words } from "../words/words.ts";

/** So much of what changed is counted at once. */
const AT_ONCE_CHARACTERS = 20_000;
const SHOWN_AFTER_MS = 300;
const COUNTED_AFTER_MS = 500;

export function foot(editor: Editor): void {
  const encoding = element("encoding", HTMLButtonElement);
  const ends = element("ends", HTMLButtonElement);
  const place = element("place", HTMLButtonElement);
  encoding.addEventListener("click", () => editor.commands.run("encoding"));
  ends.addEventListener("click", () => editor.commands.run("lineEnds"));
  place.addEventListener("click", () => editor.commands.run("gotoLine"));
  const show = (format: Format): void => {
    encoding.textContent = words.encoding.short(format.encoding, format.bom);
    encoding.title = words.commands.encoding;
    ends.textContent = words.encoding.ends[format.lineSeparator].short;
    ends.title = words.commands.lineEnds;
    place.title = words.commands.gotoLine;
    encoding.hidden = false;
    ends.hidden = format.encoding === "binary";
  };
  editor.shown.on(({ file, work }) => {
    show(work?.format ?? file);
    work?.converted.on(show);
  });
  counts(editor);
}

function counts(editor: Editor): void {
  const shown = element("counts", HTMLElement);
  let total: Counts | undefined;
  let selected: Counts | undefined;
  let timer = 0;
  let stopAll = (): void => undefined;
  let stopSelected = (): void => undefined;

  const first = new Text();
  const rest = document.createElement("span");
  rest.className = "longer";
  shown.replaceChildren(first, rest);
  const write = (): void => {
    const now = selected ?? total;
    [first.data, rest.textContent] = now === undefined ? ["", ""] : words.tools.counts(now, selected !== undefined);
  };
  const soon = (): void => {
    if (timer === 0) timer = window.setTimeout(() => ((timer = 0), write()), SHOWN_AFTER_MS);
  };
  const countAll = (): void => {
    stopAll();
    const text = editor.opened?.pane.text;
    if (text === undefined) return;
    stopAll = countSlowly(text, [{ from: 0, to: text.length }], (counted) => ((total = counted), soon()), whenIdle);
  };
  let again = 0;
  const countLater = (): void => {
    total = undefined;
    stopAll();
    clearTimeout(again);
    again = window.setTimeout(countAll, COUNTED_AFTER_MS);
  };
  let heard = false;
  editor.shown.on(({ pane, file }) => {
    shown.hidden = file.encoding === "binary";
    total = selected = undefined;
    countAll();
    if (heard) return;
    heard = true;
    pane.typed.on(({ startState, state, changes }) => {
      total = total && countAfter(total, startState.doc, state.doc, changes, AT_ONCE_CHARACTERS);
      if (total === undefined) countLater();
      soon();
    });
    pane.placed.on(({ state }) => {
      stopSelected();
      const ranges = state.selection.ranges.filter((range) => !range.empty);
      if (ranges.length > 0) stopSelected = countSlowly(state.doc, ranges, (counted) => ((selected = counted), soon()), whenIdle);
      else if (selected !== undefined) (selected = undefined), soon();
    });
  });
}

function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 500 });
  else setTimeout(run, 20);
}
