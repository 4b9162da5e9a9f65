// The pane that holds the text: CodeMirror, set up for one file.
// It must never talk to the server, and never change the text unless asked or typed into.

import { indentWithTab } from "@codemirror/commands";
import { indentUnit, type LanguageSupport } from "@codemirror/language";
import { Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";

import type { LineSeparator } from "./encoding.ts";
import { indentUnitOf } from "./indent.ts";
import { brightness, look, onBrightnessChange, wrapping } from "./look.ts";

export interface PaneSettings {
  readonly parent: HTMLElement;
  readonly name: string;
  readonly nonce: string;
  onText(): void;
  onPlace(line: number, column: number): void;
}

export interface Contents {
  readonly text: string;
  readonly lineSeparator: LineSeparator;
  readonly writable: boolean;
}

export class Pane {
  readonly #settings: PaneSettings;
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #brightness = new Compartment();
  readonly #writable = new Compartment();
  #support: Extension = [];
  #shown: Contents | undefined;

  constructor(settings: PaneSettings) {
    this.#settings = settings;
    // Even the empty beginning needs the nonce: its style element is the one that all later styles go into.
    this.#view = new EditorView({ parent: settings.parent, extensions: EditorView.cspNonce.of(settings.nonce) });
    onBrightnessChange(() => this.#view.dispatch({ effects: this.#brightness.reconfigure(brightness()) }));
  }

  get text(): Text {
    return this.#view.state.doc;
  }

  focus(): void {
    this.#view.focus();
  }

  /** Other contents in place of the present ones, which stay within reach of undo where the two fit together. */
  show(contents: Contents): void {
    const before = this.#shown;
    this.#shown = contents;
    if (before === undefined || !fitTogether(before, contents)) {
      this.#view.setState(this.#stateOf(contents));
      this.#tellPlace();
      return;
    }
    const { state } = this.#view;
    const insert = state.toText(contents.text);
    const anchor = Math.min(state.selection.main.head, insert.length);
    this.#view.dispatch({ changes: { from: 0, to: state.doc.length, insert }, selection: { anchor } });
  }

  /** From now on the text is to be read only. */
  lock(): void {
    if (this.#shown !== undefined) this.#shown = { ...this.#shown, writable: false };
    this.#view.dispatch({ effects: this.#writable.reconfigure(READ_ONLY) });
  }

  setLanguage(support: LanguageSupport): void {
    this.#support = support;
    this.#view.dispatch({ effects: this.#language.reconfigure(support) });
  }

  #stateOf(contents: Contents): EditorState {
    return EditorState.create({
      doc: contents.text,
      extensions: [
        basicSetup,
        look(this.#settings.nonce),
        wrapping(contents.text),
        this.#language.of(this.#support),
        this.#brightness.of(brightness()),
        indentUnit.of(indentUnitOf(contents.text)),
        this.#writable.of(contents.writable ? keymap.of([indentWithTab]) : READ_ONLY),
        contents.lineSeparator === "mixed" ? MIXED_SEPARATORS : [],
        EditorView.contentAttributes.of({
          "aria-label": `Text of ${this.#settings.name}`,
          "aria-describedby": contents.writable ? "leave-hint" : "state",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.#settings.onText();
          if (update.docChanged || update.selectionSet) this.#tellPlace();
        }),
      ],
    });
  }

  #tellPlace(): void {
    const { head } = this.#view.state.selection.main;
    const line = this.text.lineAt(head);
    this.#settings.onPlace(line.number, head - line.from + 1);
  }
}

/** Not editable, and still to be reached, scrolled and searched by keyboard. */
const READ_ONLY: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: "0", "aria-readonly": "true" }),
];

/** Only \n ends a line, so that each \r stays where it is, in sight; what is pasted gets \n. */
const MIXED_SEPARATORS: Extension = [
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
];

function fitTogether(a: Contents, b: Contents): boolean {
  return a.writable && b.writable && (a.lineSeparator === "mixed") === (b.lineSeparator === "mixed");
}
