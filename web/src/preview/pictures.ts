// Pictures beside the file: each fetched once, by a request with the key in its header, and shown from memory.
// It must never put the key into an address, give a drawing an address of our origin, or ask for the same name over and over.

import { authorization } from "../key.ts";
import { pictureType } from "./kind.ts";

/** At a time, and of one page. */
const AT_ONCE = 4;
const MOST = 200;
/** How long a name that was refused is not asked for again: somebody is typing it, or it is not there. */
const REFUSED_MS = 30_000;

interface Known {
  readonly picture: Promise<Blob | undefined>;
  address?: string;
  refusedAt?: number;
}

export class Pictures {
  readonly #base: string;
  readonly #known = new Map<string, Known>();
  #free = AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  constructor(base: string) {
    this.#base = base;
  }

  /** An address for <img>: a blob of ours for what is made of pixels, and the whole drawing in it for what is not. */
  async address(path: string): Promise<string | undefined> {
    const known = this.#of(path);
    const picture = known && (await known.picture);
    if (known === undefined || picture === undefined) return undefined;
    known.address ??= picture.type === DRAWING ? await inline(picture) : URL.createObjectURL(picture);
    return known.address;
  }

  /** The same without any address of ours: a frame of no origin could not read that. */
  async inline(path: string): Promise<string | undefined> {
    const picture = await this.#of(path)?.picture;
    return picture && inline(picture);
  }

  /** Gives the memory back. */
  forget(): void {
    for (const { address } of this.#known.values()) if (address?.startsWith("blob:")) URL.revokeObjectURL(address);
    this.#known.clear();
  }

  #of(path: string): Known | undefined {
    const known = this.#known.get(path);
    if (known !== undefined && !(known.refusedAt !== undefined && Date.now() - known.refusedAt > REFUSED_MS)) return known;
    if (known === undefined && this.#known.size >= MOST) return undefined;
    const begun: Known = { picture: this.#fetch(path) };
    this.#known.set(path, begun);
    void begun.picture.then((picture) => {
      if (picture === undefined) begun.refusedAt = Date.now();
    });
    return begun;
  }

  async #fetch(path: string): Promise<Blob | undefined> {
    if (this.#free === 0) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#free -= 1;
    try {
      const address = `${this.#base}api/file/near?path=${encodeURIComponent(path)}`;
      const answer = await fetch(address, { headers: authorization(), cache: "no-store", credentials: "same-origin", redirect: "error" });
      if (answer.status !== 200) return void (await answer.body?.cancel());
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const type = /\.svg$/i.test(path) ? DRAWING : pictureType(bytes);
      return type === undefined ? undefined : new Blob([bytes], { type });
    } catch {
      return undefined;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

export const DRAWING = "image/svg+xml";

/** The picture itself as an address: opened by itself, it is of no origin, so that a drawing with a script is nobody's. */
export function inline(picture: Blob): Promise<string> {
  return new Promise((decide, fail) => {
    const reader = new FileReader();
    reader.onload = () => decide(String(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(picture);
  });
}
