// As much of a page as the text in hand and its saves need, without a browser: elements that take anything, and a text.
// It must never be imported after a module of the page. Nothing in it says whether what is done is right.

import { history } from "@codemirror/commands";
import { type ChangeSpec, EditorState, StateEffect, Transaction, type TransactionSpec } from "@codemirror/state";

import type { Editor, Opened } from "../src/feature.ts";
import type { Fetched, Remote, Replaces, Stored } from "../src/remote.ts";
import type { Decoded, LineSeparator } from "../src/text/encoding.ts";
import type { Pane } from "../src/text/pane.ts";

/** An element that has every property and every method. */
class Anything {
  dataset: Record<string, string> = {};
  hidden = true;
  textContent = "";
  open = false;
  title = "";
  classList = { toggle: () => undefined };
  append(): void {}
  replaceChildren(): void {}
  addEventListener(): void {}
  contains(): boolean {
    return false;
  }
  querySelector(): undefined {
    return undefined;
  }
  querySelectorAll(): never[] {
    return [];
  }
  /** Nobody decides. */
  onclose: (() => void) | undefined;
  showModal(): void {
    asked.count += 1;
    queueMicrotask(() => this.onclose?.());
  }
  close(): void {}
  focus(): void {}
}

/** How often a person was asked. */
export const asked = { count: 0 };
const elements = new Map<string, Anything>();
const page = new Anything();

export function elementCalled(id: string): Anything {
  const found = elements.get(id) ?? new Anything();
  elements.set(id, found);
  return found;
}

Object.assign(globalThis, {
  HTMLElement: Anything,
  HTMLButtonElement: Anything,
  HTMLDialogElement: Anything,
  document: Object.assign(page, { getElementById: elementCalled, createElement: () => new Anything(), activeElement: null, title: "doc", documentElement: new Anything(), hidden: false }),
  addEventListener: () => undefined,
  navigator: { onLine: true },
  location: new URL("http://127.0.0.1/?accesskey=none"),
});
if (globalThis.reportError === undefined) globalThis.reportError = (error: unknown) => console.error(error);

/** The text as CodeMirror has it, with nothing on a screen. */
export function paneOf(text: string, lineSeparator: LineSeparator = "\n"): Pane {
  const separators = (separator: LineSeparator) => (separator === "mixed" ? EditorState.lineSeparator.of("\n") : []);
  let state = EditorState.create({ doc: text, extensions: [history(), separators(lineSeparator)] });
  const heard: ((update: unknown) => void)[] = [];
  const dispatch = (spec: TransactionSpec): void => {
    const transaction = state.update(spec);
    const startState = state;
    state = transaction.state;
    if (transaction.docChanged) for (const each of heard) each({ transactions: [transaction], changes: transaction.changes, startState, state });
  };
  const pane = {
    typed: { on: (listener: (update: unknown) => void) => heard.push(listener) },
    get text() {
      return state.doc;
    },
    view: { dispatch, composing: false, scrollDOM: { scrollTop: 0 }, get state() { return state; } },
    textOf: (other: string) => state.toText(other),
    take: (changes: ChangeSpec, effects: readonly StateEffect<unknown>[] = []) =>
      dispatch({ changes, effects, annotations: [Transaction.addToHistory.of(false), Transaction.userEvent.of("outside")] }),
    show: ({ text, lineSeparator }: { text: string; lineSeparator: LineSeparator }) =>
      (state = EditorState.create({ doc: text, extensions: [history(), separators(lineSeparator)] })),
    extend: (_slot: string, extension: never) => dispatch({ effects: StateEffect.appendConfig.of(extension) }),
    lock: () => undefined,
    focus: () => undefined,
  };
  return pane as unknown as Pane;
}

export function type(pane: Pane, at: number, insert: string): void {
  pane.view.dispatch({ changes: { from: at, insert }, userEvent: "input.type" });
}

/** A file on a server that does what it is told: lose an answer, refuse, wait. */
export class Disk implements Remote {
  bytes: Uint8Array<ArrayBuffer> | undefined;
  #version = 1;
  /**
   * What becomes of the next stores, one each. "lost": it arrives, and the answer does not. "twice": it arrives, and what asks once
   * more on its way, a proxy or the browser itself, is told that the file is another one by then.
   */
  readonly fates: ("lost" | "twice" | "never" | number)[] = [];
  /** What the next fetches are refused with. */
  readonly fetchFates: number[] = [];
  /** Waited for before a store arrives, and before a fetch is answered. */
  before: (() => Promise<void>) | undefined;
  beforeFetch: (() => Promise<void>) | undefined;
  stores = 0;

  constructor(text: string | undefined) {
    this.bytes = text === undefined ? undefined : new TextEncoder().encode(text);
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  get version(): Replaces {
    return this.bytes === undefined ? { kind: "nothing" } : { kind: "revision", etag: `"${this.#version}"` };
  }

  /** Somebody else writes it. */
  write(text: string | Uint8Array<ArrayBuffer> | undefined): void {
    this.bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    this.#version += 1;
  }

  async fetchUpTo(): Promise<Fetched> {
    await this.beforeFetch?.();
    const status = this.fetchFates.shift();
    if (status !== undefined) return { kind: "refused", status };
    return this.bytes === undefined ? { kind: "absent", version: { kind: "nothing" } } : { kind: "file", bytes: this.bytes, version: this.version };
  }

  async storeFile(bytes: Uint8Array<ArrayBuffer>, replaces: Replaces): Promise<Stored> {
    this.stores += 1;
    const fate = this.fates.shift();
    await this.before?.();
    if (fate === "never") return { kind: "refused", status: 0 };
    if (typeof fate === "number") return { kind: "refused", status: fate };
    const now = this.version;
    const same = now.kind === replaces.kind && (now.kind === "nothing" || replaces.kind === "nothing" || now.etag === replaces.etag);
    if (!same) return fate === "lost" ? { kind: "refused", status: 0 } : { kind: "changed" };
    this.write(bytes);
    if (fate === "twice") return { kind: "changed" };
    return fate === "lost" ? { kind: "refused", status: 0 } : { kind: "stored", version: this.version };
  }

  fetchBlob(): never {
    throw new Error("nothing is downloaded here");
  }

  upload(): never {
    throw new Error("nothing is uploaded here");
  }
}

export const SETTINGS = { name: "doc.md", keyId: "k", fileId: "f", rights: "edit", base: "./", bodyLimitBytes: 1_000_000, nonce: "", style: {} } as const;

export type { Decoded, Editor, Opened };
