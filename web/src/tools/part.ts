// What is fetched when it is asked for: done once it is there, and said where it does not come.
// It must never fail in silence: whoever pressed a key waits for something.

import { showNotice } from "../notice.ts";
import { words } from "../words/words.ts";

export async function withPart<T>(coming: Promise<T>, run: (part: T) => unknown): Promise<void> {
  const part = await coming.catch(() => undefined);
  if (part === undefined) showNotice("alarm", words.why.notOpened(0).text, []);
  else await run(part);
}
