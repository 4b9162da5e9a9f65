// Each byte of each single-byte encoding, there and back, in the browser that runs this: bundled and evaluated by tools.mjs.
// It must never run in Node, whose tables differ from those of browsers.

import { SINGLE_BYTE } from "../src/text/charsets.ts";
import { decodeAs, encode } from "../src/text/encoding.ts";

/** For each encoding, how many of the bytes 1 to 255 are characters there; and what did not come back. */
export function everyByte(): { known: Record<string, number>; lost: string[] } {
  const known: Record<string, number> = {};
  const lost: string[] = [];
  for (const charset of SINGLE_BYTE) {
    const characters: number[] = [];
    for (let byte = 1; byte < 256; byte += 1) {
      const file = decodeAs(charset, Uint8Array.of(byte));
      if (file === undefined) continue;
      characters.push(byte);
      if (!file.editable || encode(file.text, { ...file, lineSeparator: "mixed" })[0] !== byte) lost.push(`${charset} ${byte}`);
    }
    known[charset] = characters.length;
    const all = Uint8Array.from(characters);
    const file = decodeAs(charset, all);
    if (file === undefined || !file.editable || encode(file.text, file).join() !== all.join()) lost.push(`${charset}, all bytes together`);
  }
  return { known, lost };
}
