// What a visitor may open, as the server lists it, and the address at which it is opened.
// It must never keep an answer, and never ask another server.

export interface Entry {
  readonly kind: "directory" | "file";
  readonly name: string;
  /** Of a folder its own path, of a file that of the folder it is in. */
  readonly dirname: string;
  readonly rights: "view" | "edit";
}

export interface Listing {
  readonly entries: readonly Entry[];
  readonly next: string | null;
  /** Why not all is told, where that is so. */
  readonly bounded: "matches" | "entries" | "time" | null;
}

/** What is asked for; an empty text is as good as none. */
export interface Ask {
  readonly dirname?: string;
  readonly after?: string;
  readonly q?: string;
}

/** Refused, with the status; 0 where nobody answered. */
export class Unlisted extends Error {
  constructor(readonly status: number) {
    super(`not listed: ${status}`);
  }
}

export async function list(ask: Ask, signal?: AbortSignal): Promise<Listing> {
  const query = new URLSearchParams(Object.entries(ask).filter(([, value]) => value !== ""));
  const answer = await fetch(`./api/files?${query}`, { credentials: "same-origin", cache: "no-store", ...(signal ? { signal } : {}) }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Unlisted(0);
  });
  if (!answer.ok) throw new Unlisted(answer.status);
  return (await answer.json()) as Listing;
}

/** Where a click leads: to a file's bookmark, or to the page of a folder. */
export function address(entry: Entry): string {
  const { dirname, name } = entry;
  if (entry.kind === "directory") return `./?${new URLSearchParams({ dirname })}`;
  return `./redirect?${new URLSearchParams({ dirname, basename: name })}`;
}
