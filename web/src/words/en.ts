// The texts of the pages in English, a section a feature: every language file has the same shape.
// It must never show a key, a path, or what the server answered word for word.

import type { Advice } from "./words.ts";

const KEPT = "Your text is still here.";
const NEW_LINK = "Ask whoever gave you the link for a new one.";

function notSaved(status: number): Advice {
  switch (status) {
    case 0:
      return advice(`The server could not be reached. ${KEPT} Check your connection, then try again.`, true);
    case 401:
    case 403:
      return advice(`This link may not change the file (any more). ${KEPT} Download a copy. ${NEW_LINK}`, true);
    case 404:
      return advice(`The folder of this file is gone. ${KEPT} Download a copy, or try again when it is back.`, true);
    case 413:
      return advice(`The text is larger than the server takes. ${KEPT} Shorten it and try again, or download a copy.`, true);
    case 428:
      return advice(
        `Nothing was saved, because the version of the file got lost on the way (its ETag or If-Match header). ${KEPT} Download a copy, and tell whoever runs the server.`,
        false,
      );
    case 429:
      return advice(`Too many requests. ${KEPT} Wait a minute, then try again.`, true);
    case 503:
      return advice(`The server cannot save just now. ${KEPT} Try again in a moment.`, true);
    case 507:
      return advice(`The server's disk is full, so nothing was saved. ${KEPT} Download a copy, and try again when there is room.`, true);
    default:
      return advice(`The server could not save (answer ${status}). ${KEPT} Try again, or download a copy.`, true);
  }
}

function notOpened(status: number): Advice {
  switch (status) {
    case 0:
      return advice("The server could not be reached. Check your connection, then try again.", true);
    case 401:
    case 403:
      return advice(`This link does not open anything (any more). ${NEW_LINK}`, false);
    case 404:
      return advice("There is no such file at the moment. When it has been made, this link will show it.", true);
    case 428:
      return advice(
        "The version of the file got lost on the way (its ETag header), so it could not be saved later. Tell whoever runs the server.",
        true,
      );
    case 429:
      return advice("Too many requests. Wait a minute, then try again.", true);
    case 503:
      return advice("The server cannot read files just now. Try again in a moment.", true);
    default:
      return advice(`The server could not read the file (answer ${status}). Try again in a moment.`, true);
  }
}

function stopped(why: "dead" | "view", left: "nothing" | "saved" | "kept" | "here"): string {
  const what =
    why === "dead"
      ? "This link was revoked or has ended."
      : "This link may only view the file now.";
  switch (left) {
    case "nothing":
      return `${what} ${NEW_LINK}`;
    case "saved":
      return `${what} Everything that you wrote was saved before. ${NEW_LINK}`;
    case "kept":
      return `${what} What you wrote is not saved. It is kept in this browser, and offered again when a link to this file opens here. Download a copy to be safe. ${NEW_LINK}`;
    case "here":
      return `${what} What you wrote is not saved, and this browser could not keep it: download a copy before you close this window. ${NEW_LINK}`;
  }
}

function tooLarge(sizeBytes: number, limitBytes: number): Advice {
  const sizes = `It has ${counted(sizeBytes)} bytes, and ${counted(limitBytes)} are allowed.`;
  return advice(`The text is larger than the server takes. ${sizes} ${KEPT} Shorten it, or download a copy.`, false);
}

export const en = {
  /** Beside the name: where the text stands. */
  state: {
    loading: "Loading…",
    unreadable: "Not loaded",
    view: "View only",
    new: "New file, not saved yet",
    saved: "Saved",
    unsaved: "Unsaved changes",
    saving: "Saving…",
    failed: "Not saved",
    ended: "Link ended",
  },
  /** What did not go as wished. */
  why: { notSaved, notOpened, stopped, tooLarge },
  text: {
    of: (name: string) => `Text of ${name}`,
    place: (line: number, column: number) => `Line ${line}, column ${column}`,
    notText: "This file is not UTF-8 or UTF-16 text. It is shown as Latin-1, to read only; its bytes stay as they are.",
    tooLarge: "This file is larger than the server takes back. It is shown to read only.",
    editorMissing: "The editor could not be fetched from the server. Check your connection, then load this page again.",
    plain: "Plain text",
    binary: "Not text",
    bom: (encoding: string) => `${encoding} with BOM`,
    mixed: "mixed line ends",
  },
  kept: {
    offered: (when: string) => `This browser kept a text of this file that was never saved, from ${when}.`,
    putIn: "Put it in",
    download: "Download it",
    throwAway: "Throw it away",
  },
  merge: {
    changed: "Someone, or another window, changed this file in places that you changed too. Nothing was overwritten: choose at each place, or write there what you want. What was changed at other places is merged already.",
    unlike: "Someone changed this file meanwhile, also its encoding or its line ends, or it is no text any more: the two cannot be merged. Nothing was overwritten: both are still there.",
    deleted: "This file was deleted while you were editing it. Your text is still here.",
    makeAgain: "Make it again",
    keepMine: "Keep mine",
    keepAllMine: "Keep mine everywhere",
    takeTheirs: "Take theirs",
    takeAllTheirs: "Take theirs everywhere",
    theirsLegend: "Theirs",
    mineLegend: "Mine",
    saveDecided: "Save as decided",
    downloadMine: "Download mine",
    later: "Decide later",
    places: (left: number) => (left === 0 ? "Every place is decided." : left === 1 ? "1 place to decide" : `${left} places to decide`),
    both: "Theirs, struck out, and mine",
    notFetched: "The comparison could not be fetched from the server. Decide without it, or later.",
    undecided: "The file was changed elsewhere, so yours is not saved. Your text is still here.",
    decide: "Decide",
    merged: (places: number) => `${places === 1 ? "1 change" : `${places} changes`} from elsewhere ${places === 1 ? "was" : "were"} merged into yours.`,
    mergedAndSaved: (places: number) => `${places === 1 ? "1 change" : `${places} changes`} from elsewhere ${places === 1 ? "was" : "were"} merged into yours, and all of it is saved.`,
    show: "Show",
    takeOut: "Undo",
    takenOut: "The changes from elsewhere are out of your text again. Saving it takes them out of the file too.",
    close: "Close",
    conflict: "This file was changed elsewhere, in places that you changed too. Your text is still here.",
    unlikeYours: "This file was changed elsewhere, in a way that cannot be merged with your text. Your text is still here.",
    otherKind: "This file was changed elsewhere, also its encoding or its line ends. This is how it is now.",
    gone: "This file was deleted elsewhere, or may not be opened any more. The text is still here.",
    tooLarge: "This file was changed elsewhere and is larger than the server takes back. Your text is still here: download a copy.",
    restless: "The file is being changed elsewhere all the time, so yours is not saved yet. Your text is still here.",
    others: (count: number) => (count === 1 ? "1 other has this open" : `${count} others have this open`),
  },
  tools: {
    save: "Save",
    download: "Download a copy",
    again: "Try again",
  },
};

function counted(bytes: number): string {
  return bytes.toLocaleString("en");
}

function advice(text: string, again: boolean): Advice {
  return { text, again };
}
