// The file on the server: fetched and stored through the key, each answer as a plain value.
// It must never put the key into an address, follow a redirect, or store without saying which version is replaced.

import { authorization } from "./key.ts";

/** Which version a store replaces: one with this ETag, or none because the file is new. */
export type Replaces = { readonly kind: "revision"; readonly etag: string } | { readonly kind: "nothing" };

/** No usable answer. Status 0: there was none at all. */
export interface Refused {
  readonly kind: "refused";
  readonly status: number;
  /** How long the server asks to wait, in seconds. */
  readonly waitSecs?: number;
}

export type Fetched =
  | { readonly kind: "file"; readonly bytes: Uint8Array<ArrayBuffer>; readonly version: Replaces }
  | { readonly kind: "absent"; readonly version: Replaces }
  | Refused;

/** The same of a file that is fetched only where it is not too large to be edited. */
export type Found = Fetched | { readonly kind: "large"; readonly version: Replaces };

export type Stored = { readonly kind: "stored"; readonly version: Replaces } | { readonly kind: "changed" } | Refused;

/** A proxy removed the ETag: without it no save can say what it replaces, which is what 428 means. */
const REVISION_MISSING: Refused = { kind: "refused", status: 428 };
const UNREACHABLE: Refused = { kind: "refused", status: 0 };
/** A save without an answer is given up then: a proxy that hangs is no answer. */
const LONGEST_STORE_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 16;

export interface Remote {
  fetchFile(): Promise<Fetched>;
  /** The same, but for a file of more bytes than `most`, of which nothing is fetched but that it is there. */
  fetchUpTo(most: number): Promise<Found>;
  storeFile(bytes: Uint8Array<ArrayBuffer>, replaces: Replaces): Promise<Stored>;
}

export function connect(base: string): Remote {
  const address = `${base}api/file`;
  return {
    fetchFile: () => fetchFile(address),
    fetchUpTo: (most) => fetchUpTo(address, most),
    storeFile: (bytes, replaces) => storeFile(address, bytes, replaces),
  };
}

async function fetchFile(address: string): Promise<Fetched> {
  const found = await fetchUpTo(address, Infinity);
  return found.kind === "large" ? UNREACHABLE : found;
}

async function fetchUpTo(address: string, most: number): Promise<Found> {
  const answer = await ask(address, { method: "GET", headers: authorization() });
  if (answer === undefined) return UNREACHABLE;
  if (answer.status === 404) return { kind: "absent", version: { kind: "nothing" } };
  if (answer.status !== 200) return { kind: "refused", status: answer.status };
  const version = versionOf(answer);
  if (version === undefined) return REVISION_MISSING;
  if (Number(answer.headers.get("Content-Length") ?? 0) > most) {
    await answer.body?.cancel().catch(() => undefined);
    return { kind: "large", version };
  }
  try {
    return { kind: "file", bytes: new Uint8Array(await answer.arrayBuffer()), version };
  } catch {
    return UNREACHABLE;
  }
}

async function storeFile(address: string, bytes: Uint8Array<ArrayBuffer>, replaces: Replaces): Promise<Stored> {
  const precondition: Record<string, string> =
    replaces.kind === "revision" ? { "If-Match": replaces.etag } : { "If-None-Match": "*" };
  const headers = { ...authorization(), ...precondition, "Content-Type": "application/octet-stream" };
  const signal = AbortSignal.timeout(LONGEST_STORE_MS + bytes.length / SLOWEST_BYTES_PER_MS);
  const answer = await ask(address, { method: "PUT", headers, body: bytes, signal });
  if (answer === undefined) return UNREACHABLE;
  if (answer.status === 412) return { kind: "changed" };
  if (!answer.ok) return { kind: "refused", status: answer.status, waitSecs: Number(answer.headers.get("Retry-After")) || 0 };
  const version = versionOf(answer);
  return version === undefined ? REVISION_MISSING : { kind: "stored", version };
}

async function ask(address: string, request: RequestInit): Promise<Response | undefined> {
  try {
    // The session's cookie goes along: some keys are bound to the visitor that minted them.
    return await fetch(address, { ...request, cache: "no-store", credentials: "same-origin", redirect: "error" });
  } catch {
    return undefined;
  }
}

function versionOf(answer: Response): Replaces | undefined {
  // A proxy that compresses marks the tag as weak, and a weak one never matches: the tag itself is still ours.
  const etag = answer.headers.get("ETag")?.replace(/^W\//, "");
  return etag ? { kind: "revision", etag } : undefined;
}
