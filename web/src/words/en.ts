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
    changed: "Someone, or another window, saved this file while you were editing it. Nothing was overwritten: both texts are still there.",
    deleted: "This file was deleted while you were editing it. Your text is still here.",
    makeAgain: "Make it again",
    keepMine: "Keep mine",
    theirs: "Theirs",
    mine: "Mine",
    both: "Theirs, struck out, and mine",
    notFetched: "The difference could not be fetched from the server. Try again, or decide without it.",
    undecided: "The file was changed elsewhere, so yours is not saved. Your text is still here.",
    decide: "Decide",
  },
  preview: {
    name: "Preview",
    show: "Show the preview",
    hide: "Hide the preview",
    of: (name: string) => `Preview of ${name}`,
    loading: "The preview is on its way…",
    large: (size: string) => `This text has ${size}. A preview of it is made when you ask for it.`,
    make: "Make the preview",
    again: "Try again",
    slow: "The preview took too long and was given up. The text itself is unharmed.",
    failed: "This text cannot be previewed. The text itself is unharmed.",
    missing: "The preview could not be fetched from the server. Check your connection, then try again.",
    nowhere: "This link leads to another file; a preview does not follow it.",
    notFound: "There is no such place in this text.",
    elsewhere: (alt: string) => `Picture from elsewhere, not loaded${alt === "" ? "" : `: ${alt}`}`,
    leftOut: (alt: string) => `Picture not shown${alt === "" ? "" : `: ${alt}`}`,
    rows: (rows: number) => `The first ${rows.toLocaleString("en")} rows are shown; there are more.`,
    columns: (columns: number) => `The first ${columns} columns are shown; there are more.`,
    empty: "There is nothing to show.",
    actual: "Actual size",
    fit: "Fit",
    picture: (name: string, width: number, height: number) => `${name}, ${width} × ${height} pixels`,
    notPicture: "This is no picture that browsers show.",
    kilobytes: (count: number) => `${count.toLocaleString("en")} kB`,
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
