// Texts that could not be saved, kept in this browser (IndexedDB): by the key's public id and by the file's, never by the key.
// It must never fail loudly: where nothing can be kept, the caller is told and says so.

export interface Kept {
  /** The key's id. */
  readonly key: string;
  /** The file's, which says nothing of where it is. */
  readonly file: string;
  readonly name: string;
  /** When, in milliseconds. */
  readonly at: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const DATABASE = "editkey";
const STORE = "kept";
/** Most texts that are kept; the oldest goes first. */
const MOST = 50;

/** Keeps the text in place of an earlier one of the same key. Whether it is kept: there may be no room, or no leave. */
export async function keep(kept: Kept): Promise<boolean> {
  try {
    const store = await open("readwrite");
    store.put(kept);
    const all: Kept[] = await outcome(store.getAll());
    for (const old of tooMany(all)) store.delete(old.key);
    await finished(store.transaction);
    return true;
  } catch {
    return false;
  }
}

/** The newest text that was kept of this file, or under this key. */
export async function keptOf(key: string, file: string): Promise<Kept | undefined> {
  try {
    const store = await open("readonly");
    const all: Kept[] = await outcome(store.getAll());
    return newest(all.filter((kept) => kept.key === key || kept.file === file));
  } catch {
    return undefined;
  }
}

export async function forget(kept: Kept): Promise<void> {
  try {
    const store = await open("readwrite");
    store.delete(kept.key);
    await finished(store.transaction);
  } catch {
    // It is offered once more, which loses nothing.
  }
}

export function newest(all: readonly Kept[]): Kept | undefined {
  return [...all].sort((a, b) => b.at - a.at)[0];
}

/** Those that are more than may be kept. */
export function tooMany(all: readonly Kept[]): Kept[] {
  return [...all].sort((a, b) => b.at - a.at).slice(MOST);
}

async function open(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const asked = indexedDB.open(DATABASE, 1);
  asked.onupgradeneeded = () => void asked.result.createObjectStore(STORE, { keyPath: "key" });
  const database = await outcome(asked);
  return database.transaction(STORE, mode).objectStore(STORE);
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
