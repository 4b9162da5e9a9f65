// Whether bytes that are no UTF-8 look like a text of some other encoding, or like no text at all.
// It must never be taken for more than a reason to offer one thing before another.

const LOOKED_AT_BYTES = 65_536;
/** Most of all characters that may be control characters. */
const CONTROLS_MOST = 0.02;

export function seemsText(bytes: Uint8Array): boolean {
  const looked = bytes.subarray(0, LOOKED_AT_BYTES);
  let controls = 0;
  for (const byte of looked) {
    if (byte === 0) return false;
    // Tab, line feed, form feed, carriage return and escape are part of texts.
    if (byte < 32 && ![9, 10, 12, 13, 27].includes(byte)) controls += 1;
  }
  return controls <= looked.length * CONTROLS_MOST;
}
