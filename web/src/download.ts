// A copy of the text for the reader's own disk, made in the browser.
// It must never ask the server for anything: it is the way out when the server does not answer.

/** How long the browser gets to begin the download before the memory is given back. */
const KEPT_MS = 60_000;

export function downloadCopy(name: string, bytes: Uint8Array<ArrayBuffer> | Blob): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
