// The pane that holds the text: CodeMirror, set up for one file.
// It must never talk to the server, and never change the text unless asked or typed into.

import { indentWithTab, isolateHistory } from "@codemirror/commands";
import type { LanguageSupport } from "@codemirror/language";
import { Annotation, type ChangeSet, type ChangeSpec, Compartment, EditorState, type Extension, StateEffect, type Text, Transaction } from "@codemirror/state";
import { EditorView, keymap, type ViewUpdate } from "@codemirror/view";

import { Signal } from "../signal.ts";
import { words } from "../words/words.ts";
import { basics } from "./basics.ts";
import type { LineSeparator } from "./encoding.ts";
import { ownDirections } from "./direction.ts";
import { brightness, look, onBrightnessChange } from "./look.ts";

export interface PaneSettings {
  readonly parent: HTMLElement;
  readonly name: string;
  readonly nonce: string;
}

export interface Contents {
  readonly text: string;
  readonly lineSeparator: LineSeparator;
  readonly writable: boolean;
}

/** On a change that was not made here: it came from the file, whoever changed that. */
export const fromOutside = Annotation.define<true>();

export class Pane {
  /** The text changed. */
  readonly typed = new Signal<ViewUpdate>();
  /** The caret went somewhere, or the text around it changed. */
  readonly placed = new Signal<EditorView>();
  /** For what the parts of the editor do to the text themselves. */
  readonly view: EditorView;
  readonly #settings: PaneSettings;
  readonly #slots = new Map<string, { compartment: Compartment; extension: Extension }>();
  readonly #language = new Compartment();
  readonly #brightness = new Compartment();
  readonly #writable = new Compartment();
  #support: Extension = [];
  #shown: Contents | undefined;

  constructor(settings: PaneSettings) {
    this.#settings = settings;
    // Even the empty beginning needs the nonce: its style element is the one that all later styles go into.
    this.view = new EditorView({ parent: settings.parent, extensions: EditorView.cspNonce.of(settings.nonce) });
    onBrightnessChange(() => this.view.dispatch({ effects: this.#brightness.reconfigure(brightness()) }));
  }

  get text(): Text {
    return this.view.state.doc;
  }

  focus(): void {
    this.view.focus();
  }

  /** Other contents in place of the present ones, which stay within reach of undo where the two fit together. */
  show(contents: Contents): void {
    const before = this.#shown;
    this.#shown = contents;
    if (before === undefined || !fitTogether(before, contents)) {
      this.view.setState(this.#stateOf(contents));
      this.placed.tell(this.view);
      return;
    }
    const { state } = this.view;
    const insert = state.toText(contents.text);
    const anchor = Math.min(state.selection.main.head, insert.length);
    // A step of its own: undo must not take what was typed just before along.
    this.view.dispatch({ changes: { from: 0, to: state.doc.length, insert }, selection: { anchor }, annotations: isolateHistory.of("full") });
  }

  /** Changes that were made elsewhere: caret, selection and what is in sight stay, and undo does not take them back. */
  take(changes: ChangeSpec, effects: readonly StateEffect<unknown>[] = []): ChangeSet {
    const change = this.view.state.changes(changes);
    this.view.dispatch({ changes: change, effects, annotations: [fromOutside.of(true), Transaction.addToHistory.of(false), Transaction.userEvent.of("outside")] });
    return change;
  }

  /** The same text as CodeMirror has it here, which knows what ends a line. */
  textOf(text: string): Text {
    return this.view.state.toText(text);
  }

  /** Puts an extension of a part of the editor in place of its former one; it stays when other contents are shown. */
  extend(slot: string, extension: Extension): void {
    const known = this.#slots.get(slot);
    if (known !== undefined) {
      known.extension = extension;
      this.view.dispatch({ effects: known.compartment.reconfigure(extension) });
      return;
    }
    const compartment = new Compartment();
    this.#slots.set(slot, { compartment, extension });
    this.view.dispatch({ effects: StateEffect.appendConfig.of(compartment.of(extension)) });
  }

  /** Whether a part of the editor put something into this place. */
  has(slot: string): boolean {
    return this.#slots.has(slot);
  }

  /** From now on the text is to be read only. */
  lock(): void {
    if (this.#shown !== undefined) this.#shown = { ...this.#shown, writable: false };
    this.view.dispatch({ effects: this.#writable.reconfigure(READ_ONLY) });
  }

  setLanguage(support: LanguageSupport): void {
    this.#support = support;
    this.view.dispatch({ effects: this.#language.reconfigure(support) });
  }

  #stateOf(contents: Contents): EditorState {
    return EditorState.create({
      doc: contents.text,
      extensions: [
        // What a part of the editor puts in wins over what stands below.
        [...this.#slots.values()].map(({ compartment, extension }) => compartment.of(extension)),
        basics(),
        EditorState.phrases.of(words.phrases),
        LEAVE_BY_ESCAPE,
        ownDirections(),
        look(this.#settings.nonce),
        this.#language.of(this.#support),
        this.#brightness.of(brightness()),
        this.#writable.of(contents.writable ? keymap.of([indentWithTab]) : READ_ONLY),
        contents.lineSeparator === "mixed" ? MIXED_SEPARATORS : [],
        EditorView.contentAttributes.of({
          "aria-label": words.text.of(this.#settings.name),
          tabindex: "0",
          "aria-describedby": contents.writable ? "leave-hint" : "state",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.typed.tell(update);
          if (update.docChanged || update.selectionSet) this.placed.tell(this.view);
        }),
      ],
    });
  }
}

/** How long Tab leaves the text after Escape; any other key ends it sooner. */
const LEAVING_MS = 5_000;

/** Also where Escape ends something unseen, such as a search for completions: one press is enough. */
const LEAVE_BY_ESCAPE = EditorView.domEventObservers({
  keydown(event, view) {
    if (event.key === "Escape" && view.dom.querySelector(".cm-tooltip") === null) view.setTabFocusMode(LEAVING_MS);
  },
});

/** Not editable, and still to be reached, scrolled and searched by keyboard. */
const READ_ONLY: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ "aria-readonly": "true" }),
];

/** Only \n ends a line, so that each \r stays where it is, in sight; what is pasted gets \n. */
const MIXED_SEPARATORS: Extension = [
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
];

function fitTogether(a: Contents, b: Contents): boolean {
  return a.writable && b.writable && (a.lineSeparator === "mixed") === (b.lineSeparator === "mixed");
}
