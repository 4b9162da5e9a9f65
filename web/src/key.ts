// The access key: read once from the bookmark's address, kept in this module, sent as one request header.
// It must never be written into another address, into storage, into the page or into a message.

const key = new URLSearchParams(location.search).get("accesskey") ?? "";

/** The header that redeems the key; empty where the address holds none, and the server then refuses. */
export function authorization(): Record<string, string> {
  return key === "" ? {} : { Authorization: `Bearer ${key}` };
}
