// A save found another version than the one that the text began from: what is done then.
// It must never drop one of the two texts without being told to.

import { hideNotice, showNotice } from "../notice.ts";
import type { Page } from "../page.ts";
import type { Fetched, Replaces } from "../remote.ts";
import { decode } from "../text/encoding.ts";
import { words } from "../words/words.ts";
import type { Work } from "../work.ts";
import { askAboutConflict } from "./conflict.ts";

type File = Extract<Fetched, { kind: "file" }>;

/** Whether this work goes on: false where another one has begun with the other text. */
export async function settle(work: Work, page: Page): Promise<boolean> {
  const found = await work.remote.fetchUpTo(page.bodyLimitBytes);
  if (work.stopped) return true;
  if (found.kind === "refused") {
    work.saves.refuse(found);
  } else if (found.kind === "large") {
    work.held.seen(found.version);
    work.fail({ text: words.merge.tooLarge, again: false });
  } else if (found.kind === "file" && work.encodes(found.bytes)) {
    // Our own save arrived, and only its answer was lost; or both wrote the same.
    work.stand(work.pane.text, found.version);
  } else if (found.kind === "file" && work.arrived(found.bytes, found.version)) {
    // The same, and something was typed since.
    if (work.unsaved) await work.saves.sendMerged();
  } else if (found.kind === "file") {
    return withFile(work, page, found);
  } else {
    work.held.seen(found.version);
    await withoutFile(work, page, found.version);
  }
  return true;
}

async function withFile(work: Work, page: Page, found: File): Promise<boolean> {
  const take = await import("./take.ts").catch(() => undefined);
  if (work.stopped) return true;
  const meeting = take?.meet(work, found.bytes);
  if (take !== undefined && meeting?.kind === "merged") {
    take.takeIn(work, meeting, found.version);
    await work.saves.sendMerged();
    if (!work.unsaved && !work.stopped && meeting.taken > 0) tellMerged(meeting.taken);
    return true;
  }
  if (!work.asked) return later(work);
  const sides = meeting?.kind === "conflict" ? meeting.sides : undefined;
  const choice = await askAboutConflict({
    what: words.merge.changedElsewhere,
    explanation: sides === undefined ? words.merge.unlike : words.merge.changed,
    keep: sides === undefined ? words.merge.keepMine : words.merge.keepAllMine,
    take: sides === undefined ? words.merge.takeTheirs : words.merge.takeAllTheirs,
    sides,
    nonce: page.nonce,
    download: () => work.download(),
  });
  if (choice === "later" || work.stopped) return later(work);
  if (take !== undefined && meeting?.kind === "conflict") {
    const text = choice === "mine" ? meeting.sides.mine : choice === "theirs" ? meeting.sides.theirs : choice.text;
    take.decide(work, text, meeting.theirs, found.version);
    await work.saves.sendMerged();
    return true;
  }
  if (choice !== "theirs") {
    await work.saves.replace(found.version);
    return true;
  }
  hideNotice();
  work.begin(decode(found.bytes), found.version, found.bytes);
  return false;
}

async function withoutFile(work: Work, page: Page, version: Replaces): Promise<void> {
  const later = (): void => work.fail({ text: words.merge.gone, again: true }, words.merge.makeAgain);
  if (!work.asked) return later();
  const question = { what: words.merge.deletedElsewhere, explanation: words.merge.deleted, keep: words.merge.makeAgain, take: undefined, sides: undefined };
  const choice = await askAboutConflict({ ...question, nonce: page.nonce, download: () => work.download() });
  if (choice === "mine" && !work.stopped) await work.saves.replace(version);
  else later();
}

/** The reader was not asked, and is told. */
function tellMerged(taken: number): void {
  showNotice("calm", words.merge.mergedAndSaved(taken), [{ label: words.merge.close, run: hideNotice }]);
}

function later(work: Work): true {
  work.fail({ text: words.merge.undecided, again: true }, words.merge.decide);
  return true;
}
