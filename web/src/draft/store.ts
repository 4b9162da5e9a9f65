// Where unsaved texts are kept in this browser (IndexedDB): a draft, and the changes made to it, by the key's public id and the file's.
// It must never hold a key, a place on the server, or anything that the server has; its failures are the caller's to tell.

import { type Decoded, decode, type Format } from "../text/encoding.ts";

/** What an unsaved text began from, and whose it is. */
export interface Draft {
  readonly id: string;
  /** The tab that writes it. */
  readonly tab: string;
  /** The key's id. */
  readonly key: string;
  /** The file's, which says nothing of where it is. */
  readonly file: string;
  readonly name: string;
  /** When it began, in milliseconds. */
  readonly at: number;
  /** What the server held, in the editor's own form; empty for a new file. */
  readonly base: string;
  /** The version of `base`; null for a new file, and nothing where neither is known. */
  readonly etag: string | null | undefined;
  /** How it is to be written. */
  readonly format: Format;
  /** How the server's text was written; not known of drafts of a former version. */
  readonly from?: Format;
  /** What was sent in place of `base` and not answered when this was written: it may stand on the server. */
  readonly sent?: readonly Sending[];
}

/** A text that was sent: what makes it of the base, and how it was written. */
export interface Sending {
  readonly changes: unknown;
  readonly format: Format;
}

/** One change: what CodeMirror's ChangeSet says of itself. They are applied in the order of `seq`, which has no gaps. */
export interface Change {
  readonly draft: string;
  readonly seq: number;
  readonly at: number;
  readonly changes: unknown;
}

const DATABASE = "editkey";
const VERSION = 2;
const DRAFTS = "drafts";
const CHANGES = "changes";
/** Most drafts that are kept; the oldest goes first. */
const MOST = 50;
/** It is written at once, and not waited for until the disk has it: what survives is the end of the browser, not of the power. */
const AT_ONCE = { durability: "relaxed" } as const;

/** What cannot be begun fails as what cannot be finished: by its promise. */
export class Store {
  /** Nothing can be written here any more: all was forgotten on purpose, or the browser closed it. */
  ended: ((why: "forgotten" | "closed") => void) | undefined;
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
    database.onversionchange = (event) => {
      database.close();
      this.ended?.(event.newVersion === null ? "forgotten" : "closed");
    };
    database.onclose = () => this.ended?.("closed");
  }

  /** Fails where the browser keeps nothing. */
  static async open(): Promise<Store> {
    const asked = indexedDB.open(DATABASE, VERSION);
    asked.onupgradeneeded = (event) => {
      const { result: database, transaction } = asked;
      database.createObjectStore(DRAFTS, { keyPath: "id" });
      database.createObjectStore(CHANGES, { keyPath: ["draft", "seq"] });
      const drafts = transaction?.objectStore(DRAFTS);
      for (const index of ["file", "key", "at"]) drafts?.createIndex(index, index);
      if (event.oldVersion === 1 && transaction !== null) takeOver(database, transaction);
    };
    return new Store(await outcome(asked));
  }

  /** A draft with all that was changed, in place of others. */
  async write(draft: Draft, change: Change, others: readonly string[]): Promise<void> {
    const transaction = this.#writing();
    const drafts = transaction.objectStore(DRAFTS);
    for (const id of others) erase(transaction, id);
    drafts.put(draft);
    transaction.objectStore(CHANGES).put(change);
    const counted = drafts.index("at").getAllKeys();
    counted.onsuccess = () => {
      for (const id of tooMany(counted.result)) erase(transaction, String(id));
    };
    return finished(transaction);
  }

  async append(change: Change): Promise<void> {
    const transaction = this.#database.transaction(CHANGES, "readwrite", AT_ONCE);
    transaction.objectStore(CHANGES).put(change);
    transaction.commit();
    return finished(transaction);
  }

  /** One change in place of all before it. */
  async compact(change: Change): Promise<void> {
    const transaction = this.#database.transaction(CHANGES, "readwrite", AT_ONCE);
    const changes = transaction.objectStore(CHANGES);
    changes.delete(rangeOf(change.draft));
    changes.put(change);
    return finished(transaction);
  }

  async erase(ids: readonly string[]): Promise<void> {
    const transaction = this.#writing();
    for (const id of ids) erase(transaction, id);
    return finished(transaction);
  }

  /** Those of this file, and those under this key. */
  async draftsOf(key: string, file: string): Promise<Draft[]> {
    const drafts = this.#database.transaction(DRAFTS).objectStore(DRAFTS);
    const found: Draft[][] = await Promise.all([outcome(drafts.index("file").getAll(file)), outcome(drafts.index("key").getAll(key))]);
    return [...new Map(found.flat().map((draft) => [draft.id, draft])).values()];
  }

  changesOf(draft: string): Promise<Change[]> {
    return outcome(this.#database.transaction(CHANGES).objectStore(CHANGES).getAll(rangeOf(draft)));
  }

  /** Nothing is left, of any file; other tabs are told by `ended`. */
  async eraseAll(): Promise<void> {
    this.#database.close();
    await outcome(indexedDB.deleteDatabase(DATABASE));
  }

  #writing(): IDBTransaction {
    return this.#database.transaction([DRAFTS, CHANGES], "readwrite", AT_ONCE);
  }
}

/** Those that are more than may be kept; the oldest come first. */
export function tooMany<T>(oldestFirst: readonly T[]): readonly T[] {
  return oldestFirst.slice(0, Math.max(0, oldestFirst.length - MOST));
}

function erase(transaction: IDBTransaction, id: string): void {
  transaction.objectStore(DRAFTS).delete(id);
  transaction.objectStore(CHANGES).delete(rangeOf(id));
}

function rangeOf(draft: string): IDBKeyRange {
  return IDBKeyRange.bound([draft, 0], [draft, Infinity]);
}

/** Texts that a former version kept, whole and without what they began from. */
function takeOver(database: IDBDatabase, transaction: IDBTransaction): void {
  const all = transaction.objectStore("kept").getAll();
  all.onsuccess = () => {
    for (const kept of all.result as { key: string; file: string; name: string; at: number; bytes: Uint8Array }[]) {
      const { text, ...format } = decode(kept.bytes);
      const draft = whole(kept, text, format);
      transaction.objectStore(DRAFTS).put(draft.draft);
      transaction.objectStore(CHANGES).put(draft.change);
    }
    database.deleteObjectStore("kept");
  };
}

function whole(kept: Pick<Draft, "key" | "file" | "name" | "at">, text: string, format: Omit<Decoded, "text">): { draft: Draft; change: Change } {
  const { key, file, name, at } = kept;
  const lines = format.lineSeparator === "mixed" ? text.split("\n") : text.split(/\r\n?|\n/);
  return {
    draft: { id: `kept-${key}`, tab: "", key, file, name, at, base: "", etag: undefined, format },
    change: { draft: `kept-${key}`, seq: 1, at, changes: [[0, ...lines]] },
  };
}

function outcome<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("nothing was kept"));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("nothing was kept"));
  });
}
