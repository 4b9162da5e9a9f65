// The file on the server: fetched and stored through the key, each answer as a plain value.
// It must never put the key into an address, follow a redirect, or store without saying which version is replaced.

import { authorization } from "./key.ts";

/** Which version a store replaces: one with this ETag, or none because the file is new. */
export type Replaces = { readonly kind: "revision"; readonly etag: string } | { readonly kind: "nothing" };

/** No usable answer. Status 0: there was none at all. */
export interface Refused {
  readonly kind: "refused";
  readonly status: number;
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

export type Stored = { readonly kind: "stored"; readonly version: Replaces } | { readonly kind: "changed" } | Refused;

/** A proxy removed the ETag: without it no save can say what it replaces, which is what 428 means. */
const REVISION_MISSING: Refused = { kind: "refused", status: 428 };
const UNREACHABLE: Refused = { kind: "refused", status: 0 };

export interface Remote {
  fetchFile(): Promise<Fetched>;
  /** The same, where the file has no more bytes than that. */
  fetchUpTo(mostBytes: number): Promise<Fetched | Large>;
  /** All bytes, or the first so many, however large the file is; `heard` is told how many have come. */
  fetchBlob(firstBytes: number | undefined, heard: (bytes: number) => void): Promise<Blob | Refused>;
  storeFile(bytes: Uint8Array<ArrayBuffer>, replaces: Replaces): Promise<Stored>;
  /** The same; `sent` is told how many bytes have gone. */
  upload(bytes: Uint8Array<ArrayBuffer>, replaces: Replaces, sent: (bytes: number) => void): Promise<Stored>;
}

export function connect(base: string): Remote {
  const address = `${base}api/file`;
  return {
    fetchFile: () => fetchFile(address) as Promise<Fetched>,
    fetchUpTo: (mostBytes) => fetchFile(address, mostBytes),
    fetchBlob: (firstBytes, heard) => fetchBlob(address, firstBytes, heard),
    storeFile: (bytes, replaces) => storeFile(address, bytes, replaces),
    upload: (bytes, replaces, sent) => upload(address, bytes, replaces, sent),
  };
}

async function fetchFile(address: string, mostBytes = Infinity): Promise<Fetched | Large> {
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
  const answer = await ask(address, { method: "PUT", headers: storing(replaces), body: bytes });
  return answer === undefined ? UNREACHABLE : storedBy(answer.status, answer.headers.get("ETag"));
}

/** By the older way, which alone tells how far it has come. */
function upload(address: string, bytes: Uint8Array<ArrayBuffer>, replaces: Replaces, sent: (bytes: number) => void): Promise<Stored> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    for (const [name, value] of Object.entries(storing(replaces))) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => sent(loaded);
    request.onload = () => resolve(storedBy(request.status, request.getResponseHeader("ETag")));
    request.onerror = request.onabort = () => resolve(UNREACHABLE);
    request.send(bytes);
  });
}

function storing(replaces: Replaces): Record<string, string> {
  const precondition: Record<string, string> = replaces.kind === "revision" ? { "If-Match": replaces.etag } : { "If-None-Match": "*" };
  return { ...authorization(), ...precondition, "Content-Type": "application/octet-stream" };
}

function storedBy(status: number, etag: string | null): Stored {
  if (status === 412) return { kind: "changed" };
  if (status < 200 || status > 299) return { kind: "refused", status };
  const version = versionOf(etag);
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
