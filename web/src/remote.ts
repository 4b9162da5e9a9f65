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

/** A file with more bytes than were asked for; how many, where the server said so. */
export interface Large {
  readonly kind: "large";
  readonly sizeBytes: number | undefined;
  readonly version: Replaces;
}

export type Fetched =
  | { readonly kind: "file"; readonly bytes: Uint8Array<ArrayBuffer>; readonly version: Replaces }
  | { readonly kind: "absent"; readonly version: Replaces }
  | Refused;

/** The same of a file that is fetched only where it is not too large to be edited. */
export type Found = Fetched | Large;

export type Stored = { readonly kind: "stored"; readonly version: Replaces } | { readonly kind: "changed" } | Refused;

/** A proxy removed the ETag: without it no save can say what it replaces, which is what 428 means. */
const REVISION_MISSING: Refused = { kind: "refused", status: 428 };
const UNREACHABLE: Refused = { kind: "refused", status: 0 };
/** A save without an answer is given up then: a proxy that hangs is no answer. */
const LONGEST_STORE_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 16;

export interface Remote {
  /** All of it; of a file of more bytes than that nothing more is fetched. */
  fetchUpTo(mostBytes: number): Promise<Found>;
  /** All bytes, or the first so many, however large the file is; `heard` is told how many have come. */
  fetchBlob(firstBytes: number | undefined, heard: (bytes: number) => void): Promise<Blob | Refused>;
  storeFile(bytes: Uint8Array<ArrayBuffer>, replaces: Replaces): Promise<Stored>;
  /** The same; `sent` is told how many bytes have gone. */
  upload(bytes: Uint8Array<ArrayBuffer>, replaces: Replaces, sent: (bytes: number) => void): Promise<Stored>;
}

export function connect(base: string): Remote {
  const address = `${base}api/file`;
  return {
    fetchUpTo: (mostBytes) => fetchUpTo(address, mostBytes),
    fetchBlob: (firstBytes, heard) => fetchBlob(address, firstBytes, heard),
    storeFile: (bytes, replaces) => storeFile(address, bytes, replaces),
    upload: (bytes, replaces, sent) => upload(address, bytes, replaces, sent),
  };
}

async function fetchUpTo(address: string, mostBytes: number): Promise<Found> {
  const answer = await ask(address, { method: "GET", headers: authorization() });
  if (answer === undefined) return UNREACHABLE;
  if (answer.status === 404) return { kind: "absent", version: { kind: "nothing" } };
  if (answer.status !== 200) return { kind: "refused", status: answer.status };
  const version = versionOf(answer.headers.get("ETag"));
  if (version === undefined) return REVISION_MISSING;
  const length = answer.headers.get("Content-Length");
  const sizeBytes = length === null || answer.headers.has("Content-Encoding") ? undefined : Number(length);
  try {
    const bytes = sizeBytes !== undefined && sizeBytes > mostBytes ? undefined : await upTo(answer, mostBytes);
    if (bytes !== undefined) return { kind: "file", bytes, version };
    await answer.body?.cancel();
    return { kind: "large", sizeBytes, version };
  } catch {
    return UNREACHABLE;
  }
}

/** The bytes of the answer; nothing where there are more. */
async function upTo(answer: Response, mostBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (mostBytes === Infinity || answer.body === null) return new Uint8Array(await answer.arrayBuffer());
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let sum = 0;
  const reader = answer.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    sum += read.value.length;
    pieces.push(read.value);
    if (sum > mostBytes) {
      reader.releaseLock();
      return undefined;
    }
  }
  const whole = new Uint8Array(sum);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function fetchBlob(address: string, firstBytes: number | undefined, heard: (bytes: number) => void): Promise<Blob | Refused> {
  const range: Record<string, string> = firstBytes === undefined ? {} : { Range: `bytes=0-${firstBytes - 1}` };
  const answer = await ask(address, { method: "GET", headers: { ...authorization(), ...range } });
  if (answer === undefined) return UNREACHABLE;
  if (!answer.ok || answer.body === null) return { kind: "refused", status: answer.status };
  let sum = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, on) {
      sum += piece.length;
      heard(sum);
      on.enqueue(piece);
    },
  });
  try {
    return await new Response(answer.body.pipeThrough(counting)).blob();
  } catch {
    return UNREACHABLE;
  }
}

async function storeFile(address: string, bytes: Uint8Array<ArrayBuffer>, replaces: Replaces): Promise<Stored> {
  const signal = AbortSignal.timeout(LONGEST_STORE_MS + bytes.length / SLOWEST_BYTES_PER_MS);
  const answer = await ask(address, { method: "PUT", headers: storing(replaces), body: bytes, signal });
  return answer === undefined ? UNREACHABLE : storedBy(answer.status, (name) => answer.headers.get(name));
}

/** By the older way, which alone tells how far it has come. */
function upload(address: string, bytes: Uint8Array<ArrayBuffer>, replaces: Replaces, sent: (bytes: number) => void): Promise<Stored> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    for (const [name, value] of Object.entries(storing(replaces))) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => sent(loaded);
    request.onload = () => resolve(storedBy(request.status, (name) => request.getResponseHeader(name)));
    request.onerror = request.onabort = () => resolve(UNREACHABLE);
    request.send(bytes);
  });
}

function storing(replaces: Replaces): Record<string, string> {
  const precondition: Record<string, string> = replaces.kind === "revision" ? { "If-Match": replaces.etag } : { "If-None-Match": "*" };
  return { ...authorization(), ...precondition, "Content-Type": "application/octet-stream" };
}

function storedBy(status: number, header: (name: string) => string | null): Stored {
  if (status === 412) return { kind: "changed" };
  if (status < 200 || status > 299) return { kind: "refused", status, waitSecs: Number(header("Retry-After")) || 0 };
  const version = versionOf(header("ETag"));
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

function versionOf(written: string | null): Replaces | undefined {
  // A proxy that compresses marks the tag as weak, and a weak one never matches: the tag itself is still ours.
  const etag = written?.replace(/^W\//, "");
  return etag ? { kind: "revision", etag } : undefined;
}
