// The texts of the pages in English, a section a feature: every language file has the same shape.
// It must never show a key, a path, or what the server answered word for word.

import { sayLength, sayMoment, sayName, sayNumber, sayPlural } from "./say.ts";
import type { Advice, Allowed } from "./words.ts";

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
  const sizes = `It has ${sayNumber(sizeBytes)} bytes, and ${sayNumber(limitBytes)} are allowed.`;
  return advice(`The text is larger than the server takes. ${sizes} ${KEPT} Shorten it, or download a copy.`, false);
}

function allows(link: Allowed): string {
  const may = link.rights === "edit" ? "view and change" : "view";
  const until = link.expires === undefined ? "until you revoke it" : `until ${sayMoment(link.expires)}`;
  const sentences = [`Whoever has this link may ${may} ${sayName(link.name)} ${until}.`];
  if (link.uses !== undefined) {
    sentences.push(sayPlural(link.uses, { one: "It opens in one browser only: the first that opens it keeps it.", other: "It opens in # browsers, and in no other." }));
  }
  if (link.passphrase) sentences.push("It asks for the passphrase.");
  if (link.idleDays !== undefined) sentences.push(`It ends sooner when nobody uses it for ${sayLength(link.idleDays, "day")}.`);
  return sentences.join(" ");
}

export const en = {
  language: {
    /** The language's own name for itself. */
    name: "English",
    /** How its lines run. */
    direction: "ltr" as "ltr" | "rtl",
  },
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
    of: (name: string) => `Text of ${sayName(name)}`,
    place: (line: number, column: number) => `Line ${line}, column ${column}`,
    notText: "This file is not UTF-8 or UTF-16 text. It is shown as Latin-1, to read only; its bytes stay as they are.",
    tooLarge: "This file is larger than the server takes back. It is shown to read only.",
    editorMissing: "The editor could not be fetched from the server. Check your connection, then load this page again.",
    plain: "Plain text",
    binary: "Not text",
    bom: (encoding: string) => `${encoding} with BOM`,
    mixed: "mixed line ends",
    key: "Key",
    keyMeans: "Key id: names this link without opening anything",
    leave: "Press Escape, then Tab, to leave the text.",
  },
  /** What this browser keeps until the server has it. */
  draft: {
    back: (when: string) => `What you wrote here until ${when} was never saved. It is back, and not saved yet.`,
    merged: (when: string) => `What you wrote here until ${when} was never saved. The file has changed since, and holds both now: look it over, then save it.`,
    offered: (when: string) => `This browser kept a text of this file that was never saved, from ${when}.`,
    here: (when: string) => `This browser keeps a text of this file that was never saved, from ${when}.`,
    putIn: "Put it in",
    download: "Download it",
    throwAway: "Throw it away",
    kept: "Kept in this browser",
    about: "What you write is kept in this browser until it is saved, and comes back when the window is closed or the browser crashes. It is forgotten as soon as it is saved.",
    forget: "Forget on this device",
    forgetAll: "Forget the unsaved texts of all files",
    goOn: "Go on keeping it",
    forgotten: "Nothing of this file is kept in this browser now. Until this page is loaded anew, what you write stands in this window alone: save it, or download a copy, before you close it.",
    notForgotten: "This browser could not forget it. Close the other windows of editkey and try again, or clear the data of this site in the browser's settings.",
    lost: "This browser keeps nothing of what you write here (a private window, or no room), until it is saved: what is not saved is lost with this window.",
    offline: "Offline",
    also: (others: number) => (others === 1 ? "Also open in another tab" : `Also open in ${others} other tabs`),
  },
  /** A save that is tried again by itself. */
  again: {
    in: (seconds: number) => `Trying again in ${seconds} s.`,
    online: "It is tried again as soon as you are online.",
    now: "Try now",
  },
  autosave: {
    off: "Save only when asked",
    pause: "Save by itself when the typing pauses",
    blur: "Save by itself when the window is left",
  },
  merge: {
    changedElsewhere: "was changed elsewhere",
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
  /** The start page. */
  start: {
    viewOnly: "view only",
    more: "Show more",
    searching: "Searching…",
    all: (count: number) => (count === 1 ? "1 entry." : `${sayNumber(count)} entries.`),
    first: (count: number) => `The first ${sayNumber(count)} entries.`,
    found: (count: number) => (count === 0 ? "Nothing found." : `${sayNumber(count)} found.`),
    matches: "There are more: type more of the name.",
    entries: "There are more names here than are looked at.",
    time: "The search took too long and stopped early: open a folder to search less.",
    unlisted: (status: number) => {
      if (status === 0) return "The server could not be reached. Check your connection, then try again.";
      if (status === 401 || status === 403) return "This folder cannot be opened (any more).";
      if (status === 429) return "Too many requests. Wait a few seconds, then try again.";
      return `The server could not list this (answer ${status}). Try again in a moment.`;
    },
    wrong: {
      dots: "A name is not just dots.",
      slash: "A name has no slash or backslash.",
      control: "A name has no control characters.",
      escaped: "A name has no %2F, %2E, %5C, %00 or %25: other programs would read it as something else.",
      long: "A name has at most 255 bytes.",
    },
  },
  tools: {
    save: "Save",
    downloadShort: "Download",
    download: "Download a copy",
    again: "Try again",
  },
  share: {
    command: "Share…",
    button: "Share",
    title: "Share this file",
    asking: "One moment…",
    notFetched: "Sharing could not be fetched from the server. Check your connection, then try again.",
    intro: "Makes a link of its own to this file, with no more than your link allows. It ends with yours at the latest, and can be revoked alone.",
    introView: "Makes a link of its own to this file, to view it as you can. It ends with yours at the latest, and can be revoked alone.",
    may: "Whoever has it may",
    rights: { view: "view the file", edit: "view and change the file" },
    ends: "It ends",
    after: (length: string) => `after ${length}`,
    asLong: (end: string) => `with your link, on ${end}`,
    forever: "when it is revoked",
    atTime: "at a time of your choice…",
    endsAt: "It ends at",
    passphrase: "Passphrase",
    passphraseHint: (characters: number) => `If you like: ${characters} characters or more. Tell it another way than the link.`,
    passphraseOwn: "Empty: the passphrase of your own link. Tell it another way than the link.",
    more: "More limits, and a note",
    uses: "Browsers that may use it",
    usesAny: "any number",
    usesHint: (most: number) => `1 makes a link for one person: the first browser keeps it. At most ${most}.`,
    idle: "It ends when unused",
    idleAny: "for however long: it does not",
    idleOwn: (length: string) => `for ${length}, as yours`,
    idleFor: (length: string) => `for ${length}`,
    label: "Note",
    labelHint: "For whom it is, such as “for Ann”. Shown to whoever looks after the links.",
    make: "Make the link",
    another: "Make another",
    close: "Close",
    link: "The link",
    once: "It is shown until you close this dialog, and not again.",
    copy: "Copy",
    copied: "Copied.",
    copyByHand: "The link is chosen: copy it with Ctrl+C.",
    system: "Send…",
    qr: "The link as a QR code",
    scan: "For a camera",
    allows,
    madeHere: "Links that you made here",
    madeHereHint: "Remembered by this window only. When it is closed, they go on working.",
    named: (rights: "view" | "edit") => (rights === "view" ? "A link to view" : "A link to change"),
    until: (end: string) => `until ${end}`,
    noEnd: "until it is revoked",
    revoke: "Revoke",
    revokeNamed: (name: string) => `Revoke: ${sayName(name)}`,
    revoked: (name: string) => `Revoked: ${sayName(name)} opens nothing any more.`,
    /** What is wrong with what was chosen. */
    fault: {
      noTime: "Say on which day and at what time the link is to end.",
      past: "That time is over: the link would never open anything.",
      late: "Your own link ends before that. Choose an earlier time.",
      short: "A passphrase has at least 8 characters.",
      uses: "1 to 100 browsers may use a link. Leave it empty for any number.",
    },
    /** Why no link was made, or none was revoked. */
    refused: {
      unreachable: "The server could not be reached. Check your connection, then try again.",
      dead: `Your own link does not open anything any more, so no other can be made from it. ${NEW_LINK}`,
      many: "Your link has as many links made from it as one may have. Revoke one that nobody needs, then try again.",
      deep: "Your link was itself made from another, and that one too: no more can be made below it. Ask whoever gave it to you for a link to pass on.",
      claimed: "Your link is for certain browsers only, of which this is one: no other can be made from it. Ask whoever gave it to you.",
      bound: "Your link works for you alone, as the server has it: one made from it would open for nobody else. Ask an administrator.",
      wantsPassphrase: "On this server every link has a passphrase. Give this one a passphrase too.",
      rights: "Your link may only view the file now, so it cannot let others change it.",
      life: "That is longer than your link lasts, or than this server lets links last. Choose a sooner end.",
      idle: "Your link ends sooner than that when it is not used. Choose fewer days.",
      uses: "1 to 100 browsers may use a link. Leave it empty for any number.",
      often: "Too many links in a short time. Wait a minute, then try again.",
      later: "The server cannot do this just now. Try again in a moment.",
      other: "The server did not make this link. Change what it may do, and try again.",
    },
  },
  /** What CodeMirror itself says: the name is its own English, which stands in its code. */
  phrases: {
    "Control character": "Control character",
    "Selection deleted": "Selection deleted",
    "Fold line": "Fold line",
    "Unfold line": "Unfold line",
    "folded code": "folded code",
    unfold: "unfold",
    Find: "Find",
    Replace: "Replace",
    next: "next",
    previous: "previous",
    all: "all",
    "match case": "match case",
    regexp: "regexp",
    "by word": "by word",
    replace: "replace",
    "replace all": "replace all",
    close: "close",
    "current match": "current match",
    "on line": "on line",
    "replaced match on line $": "replaced match on line $",
    "replaced $ matches": "replaced $ matches",
    "Go to line": "Go to line",
    go: "go",
    Completions: "Completions",
    "$ unchanged lines": "$ unchanged lines",
    Accept: "Accept",
    Reject: "Reject",
    "Revert this chunk": "Revert this chunk",
    to: "to",
  },
};

function advice(text: string, again: boolean): Advice {
  return { text, again };
}
