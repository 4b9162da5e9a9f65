// What the parts of the editor share: the page, the file behind it, the text, and the list of what can be done.
// It must never know a part by name: editor.ts lists them.

import type { Commands } from "./commands.ts";
import type { Options } from "./options.ts";
import type { Page } from "./page.ts";
import type { Large, Remote, Replaces } from "./remote.ts";
import type { Signal } from "./signal.ts";
import type { Told } from "./told.ts";
import type { Decoded } from "./text/encoding.ts";
import type { Pane } from "./text/pane.ts";
import type { Work } from "./work.ts";

/** A file that has come from the server and is shown. */
export interface Opened {
  readonly file: Decoded;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly version: Replaces;
  readonly pane: Pane;
  /** Nothing where the text is only to be read. */
  readonly work: Work | undefined;
}

export interface Editor {
  readonly page: Page;
  readonly remote: Remote;
  readonly commands: Commands;
  readonly options: Options;
  /** What is shown now; nothing before the first file has come. */
  readonly opened: Opened | undefined;
  /** Whether the key lets the file be changed, as far as we were told. */
  readonly mayEdit: boolean;
  /** A file is shown: the first one, or another version that begins anew. */
  readonly shown: Signal<Opened>;
  /** No file has come: the status, 0 where there was no answer. */
  readonly notOpened: Signal<number>;
  /** The file is too large to be opened by itself. */
  readonly tooLarge: Signal<Large>;
  /** The server told something of the key or the file. */
  readonly told: Signal<Told>;
  /** The text that is shown has become that of another version, of the same kind. */
  adopt(bytes: Uint8Array<ArrayBuffer>, version: Replaces): void;
  /** The file is fetched again and shown as it is, whatever the text was. */
  reopen(mostBytes?: number): Promise<void>;
  /** Another version is shown as what it is, whatever the text was. */
  begin(file: Decoded, version: Replaces, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** A part of the editor: called once, before the file has come. What is heavy in it is imported when it is needed. */
export type Feature = (editor: Editor) => void;
