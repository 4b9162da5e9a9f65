// How CodeMirror looks: the colours of style.css, and light or dark as the reader's system has it.
// It must never name a colour itself, so that light and dark are decided in one place.

import { syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView, highlightSpecialChars } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

import { words } from "../words/words.ts";

const CARRIAGE_RETURN = 13;

const preference = matchMedia("(prefers-color-scheme: dark)");

const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "var(--code-size)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { padding: "0.75rem 0 40vh", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 1rem 0 0.5rem" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--faint)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { paddingLeft: "0.75rem" },
  ".cm-activeLine": { backgroundColor: "var(--line)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--line)", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection":
    { backgroundColor: "var(--selection)" },
  ".cm-selectionMatch": { backgroundColor: "var(--match)" },
  ".cm-searchMatch": { backgroundColor: "var(--match)", outline: "1px solid var(--edge)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--selection)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--match)", outline: "1px solid var(--edge)" },
  ".cm-specialChar": { color: "var(--alarm)" },
  ".cm-carriageReturn": { color: "var(--faint)", fontSize: "0.8em" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--line)", borderColor: "var(--edge)", color: "var(--muted)" },
  ".cm-panels": { backgroundColor: "var(--ground)", color: "var(--text)" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--edge)" },
  ".cm-panel.cm-search": { padding: "0.5rem 2.5rem 0.5rem 0.75rem", font: "inherit" },
  ".cm-textfield": { backgroundColor: "var(--surface)", borderColor: "var(--edge)", borderRadius: "4px" },
  ".cm-button": { backgroundImage: "none", font: "inherit", padding: "0.2em 0.8em", margin: "0.1em", backgroundColor: "var(--surface)", borderColor: "var(--edge)", borderRadius: "4px" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", borderColor: "var(--edge)", color: "var(--text)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
});

export function look(nonce: string): Extension {
  return [
    EditorView.cspNonce.of(nonce),
    theme,
    syntaxHighlighting(classHighlighter),
    highlightSpecialChars({ render: special }),
  ];
}

/** Which of CodeMirror's own defaults to take where the theme says nothing. */
export function brightness(): Extension {
  return EditorView.darkTheme.of(preference.matches);
}

export function onBrightnessChange(react: () => void): void {
  preference.addEventListener("change", react);
}

/** A carriage return that does not end a line here is told by name: few fonts have a picture of it. */
function special(code: number, description: string | null, placeholder: string): HTMLElement {
  const mark = document.createElement("span");
  mark.className = code === CARRIAGE_RETURN ? "cm-specialChar cm-carriageReturn" : "cm-specialChar";
  mark.textContent = code === CARRIAGE_RETURN ? "CR" : placeholder;
  mark.title = description ?? words.phrases["Control character"];
  mark.setAttribute("aria-label", mark.title);
  mark.setAttribute("role", "img");
  return mark;
}
