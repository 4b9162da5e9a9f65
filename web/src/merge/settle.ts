// A save found another version than the one that the text began from: what is done then.
// It must never drop one of the two texts without being told to.

import { hideNotice } from "../notice.ts";
import { decode } from "../text/encoding.ts";
import { words } from "../words/words.ts";
import type { Work } from "../work.ts";
import { askAboutConflict } from "./conflict.ts";

/** Whether this work goes on: false where another one has begun with the other text. */
export async function settle(work: Work, nonce: string): Promise<boolean> {
  const fetched = await work.remote.fetchFile();
  if (fetched.kind === "refused") {
    work.fail(words.why.notSaved(fetched.status));
    return true;
  }
  const mine = work.pane.text;
  const theirs = fetched.kind === "file" ? fetched.bytes : undefined;
  // Our own save arrived, and only its answer was lost.
  if (theirs !== undefined && work.encodes(theirs)) {
    work.stand(mine, fetched.version);
    return true;
  }
  const decoded = theirs === undefined ? undefined : decode(theirs);
  const choice = await askAboutConflict({ theirs: decoded?.text, mine: mine.toString(), nonce, download: () => work.download() });
  if (choice === "mine") {
    await work.replace(fetched.version);
  } else if (choice === "theirs" && decoded !== undefined && theirs !== undefined) {
    hideNotice();
    work.begin(decoded, fetched.version, theirs);
    return false;
  } else {
    work.fail({ text: words.merge.undecided, again: true }, words.merge.decide);
  }
  return true;
}
