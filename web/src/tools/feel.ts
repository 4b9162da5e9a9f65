// How the text feels, as extensions of CodeMirror: wrapping, indentation, tab width, spelling, the ruler, and its own texts.
// It must never change what is written.

import { indentUnit } from "@codemirror/language";
import { search } from "@codemirror/search";
import { EditorState, type Extension, type Text } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

import type { Options } from "../options.ts";
import type { Style } from "../page.ts";
import { indentUnitOf } from "../text/indent.ts";

/** A text with a line longer than this is not wrapped: laying it out would hold the page up for seconds. */
const WRAPPED_UP_TO_CHARACTERS = 100_000;
/** Enough to know how a text is indented. */
const LOOKED_AT_CHARACTERS = 100_000;
const USUAL_TAB = 4;

export function feelOf(text: Text, options: Options, style: Style): Extension {
  const spelling = options.get("spelling") === "on";
  return [
    options.get("wrap") === "on" && longestLine(text) <= WRAPPED_UP_TO_CHARACTERS ? EditorView.lineWrapping : [],
    indentation(text, options, style),
    EditorView.contentAttributes.of({ spellcheck: String(spelling), ...(spelling ? { autocorrect: "on", autocapitalize: "sentences" } : {}) }),
    style.maxLineLength === undefined ? [] : ruler(style.maxLineLength),
    // Above the text: below it a phone's keyboard would stand between.
    search({ top: true }),
  ];
}

/** The reader's own choice wins over .editorconfig, and that over what the text looks like. */
function indentation(text: Text, options: Options, style: Style): Extension {
  const seen = indentUnitOf(text.sliceString(0, LOOKED_AT_CHARACTERS));
  const chosen = options.get("tabSize");
  const own = chosen === "file" ? undefined : Number(chosen);
  const size = own ?? style.indentSize ?? style.tabWidth;
  const tabs = (style.indentStyle ?? (seen === "\t" ? "tab" : "space")) === "tab";
  const spaces = size === undefined && seen !== "\t" ? seen : " ".repeat(size ?? USUAL_TAB);
  return [indentUnit.of(tabs ? "\t" : spaces), EditorState.tabSize.of(own ?? style.tabWidth ?? size ?? USUAL_TAB)];
}

/** A line behind the text, as far right as it should go. */
function ruler(columns: number): Extension {
  return EditorView.theme({
    ".cm-content": {
      backgroundImage: "linear-gradient(var(--edge), var(--edge))",
      backgroundRepeat: "no-repeat",
      backgroundSize: "1px 100%",
      backgroundPositionX: `calc(0.5rem + ${columns}ch)`,
    },
  });
}

function longestLine(text: Text): number {
  let longest = 0;
  for (const line of text.iterLines()) longest = Math.max(longest, line.length);
  return longest;
}
