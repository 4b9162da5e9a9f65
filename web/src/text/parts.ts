// All of CodeMirror that a text needs, as one thing to fetch.
// It must never be imported but by a call: the page is on the screen before it has come.

export { folded, replay, sentOf, whole } from "../draft/journal.ts";
export { feelOf } from "../tools/feel.ts";
export { calm } from "./calm.ts";
export { languageOf, loadLanguage } from "./languages.ts";
export { EditorView } from "@codemirror/view";
export { Pane } from "./pane.ts";
