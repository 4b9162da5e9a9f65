// The texts of the pages in English, a section a feature: every language file has the same shape.
// It must never show a key, a path, or what the server answered word for word.

import type { Encoding } from "../text/encoding.ts";
import { ENCODING_NAMES, sayBytes, sayLength, sayMoment, sayName, sayNumber, sayPlural } from "./say.ts";
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
    large: "Too large to open by itself",
    binary: "Not text",
    picture: "Picture",
  },
  /** What did not go as wished. */
  why: { notSaved, notOpened, stopped, tooLarge },
  text: {
    of: (name: string) => `Text of ${sayName(name)}`,
    place: (line: number, column: number) => `Line ${line}, column ${column}`,
    tooLarge: "This file is larger than the server takes back. It is shown to read only.",
    editorMissing: "The editor could not be fetched from the server. Check your connection, then load this page again.",
    plain: "Plain text",
    uncoloured: (language: string) => `${language}, without colours: nested too deeply`,
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
    also: (others: number) => sayPlural(others, { one: "Also open in another tab", other: "Also open in # other tabs" }),
  },
  /** A save that is tried again by itself. */
  again: {
    in: (seconds: number) => `Trying again in ${sayNumber(seconds)} s.`,
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
    deletedElsewhere: "was deleted elsewhere",
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
    places: (left: number) => (left === 0 ? "Every place is decided." : sayPlural(left, { one: "# place to decide", other: "# places to decide" })),
    both: "Theirs, struck out, and mine",
    notFetched: "The comparison could not be fetched from the server. Decide without it, or later.",
    undecided: "The file was changed elsewhere, so yours is not saved. Your text is still here.",
    decide: "Decide",
    merged: (places: number) => sayPlural(places, { one: "# change from elsewhere was merged into yours.", other: "# changes from elsewhere were merged into yours." }),
    mergedAndSaved: (places: number) => sayPlural(places, { one: "# change from elsewhere was merged into yours, and all of it is saved.", other: "# changes from elsewhere were merged into yours, and all of it is saved." }),
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
    others: (count: number) => sayPlural(count, { one: "# other has this open", other: "# others have this open" }),
  },
  /** The start page. */
  start: {
    viewOnly: "view only",
    more: "Show more",
    searching: "Searching…",
    all: (count: number) => sayPlural(count, { one: "# entry.", other: "# entries." }),
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
  preview: {
    name: "Preview",
    show: "Show the preview",
    hide: "Hide the preview",
    of: (name: string) => `Preview of ${sayName(name)}`,
    loading: "The preview is on its way…",
    large: (size: string) => `This text has ${size}. A preview of it is made when you ask for it.`,
    make: "Make the preview",
    again: "Try again",
    slow: "The preview took too long and was given up. The text itself is unharmed.",
    deep: "This text is nested too deeply for a preview. The text itself is unharmed.",
    failed: "This text cannot be previewed. The text itself is unharmed.",
    missing: "The preview could not be fetched from the server. Check your connection, then try again.",
    nowhere: "This link leads to another file; a preview does not follow it.",
    notFound: "There is no such place in this text.",
    elsewhere: (alt: string) => `Picture from elsewhere, not loaded${alt === "" ? "" : `: ${alt}`}`,
    leftOut: (alt: string) => `Picture not shown${alt === "" ? "" : `: ${alt}`}`,
    rows: (rows: number) => `The first ${sayNumber(rows)} rows are shown; there are more.`,
    columns: (columns: number) => `The first ${sayNumber(columns)} columns are shown; there are more.`,
    empty: "There is nothing to show.",
    actual: "Actual size",
    fit: "Fit",
    picture: (name: string, width: number, height: number) => `${sayName(name)}, ${sayNumber(width)} × ${sayNumber(height)} pixels`,
    notPicture: "This is no picture that browsers show.",
    kilobytes: (count: number) => `${sayNumber(count)} kB`,
  },
  tools: {
    save: "Save",
    download: "Download a copy",
    again: "Try again",
    close: "Close",
    cancel: "Cancel",
    commands: "Commands",
    typeCommand: "Search what can be done",
    noCommand: "Nothing of that name can be done now.",
    groups: { file: "File", edit: "Edit", view: "View", share: "Share", help: "Help" },
    inText: "In the text",
    /** What stands on the keys, where languages have other words for it. */
    keyNames: { control: "Ctrl", shift: "Shift" },
    textKeys: [
      { name: "Leave the text", keys: ["Escape Tab"] },
      { name: "Another cursor", keys: ["$mod+Click"] },
      { name: "Select a block", keys: ["Alt+Drag"] },
      { name: "One cursor again", keys: ["Escape"] },
    ] as readonly { readonly name: string; readonly keys: readonly string[] }[],
    counts: ({ words, characters }: { words: number; characters: number }, selected: boolean): readonly [text: string, longer: string] => [
      sayPlural(words, { one: "# word", other: "# words" }),
      `, ${sayPlural(characters, { one: "# character", other: "# characters" })}${selected ? " selected" : ""}`,
    ],
    size: (bytes: number) => sayBytes(bytes, (count) => sayPlural(count, { one: "# byte", other: "# bytes" })),
    lineInAddress: (hash: string) => `The address of this page ends in ${hash} now: whoever gets it, or a bookmark of it, comes to this place. Like any bookmark of this page it opens the file.`,
    revert: "Throw my changes away",
    revertSure: "The text becomes what was saved last. Undo brings your changes back.",
    quit: "Close this window or tab as you close others (Ctrl+W, ⌘W).",
    quitUnsaved: "What you wrote is not saved yet: “:w” saves it, “:wq” saves it first. Then close this window or tab as you close others (Ctrl+W, ⌘W).",
  },
  /** Everything that can be done, as the menu shows it. */
  commands: {
    palette: "Commands",
    options: "Options",
    help: "Keyboard shortcuts",
    revert: "Revert to the saved text",
    print: "Print",
    encoding: "Encoding",
    lineEnds: "Line ends",
    replaceFile: "Replace by another file",
    linkToLines: "Put this line into the address",
    undo: "Undo",
    redo: "Redo",
    find: "Find and replace",
    findNext: "Find next",
    findPrevious: "Find previous",
    gotoLine: "Go to line",
    selectAll: "Select all",
    selectNext: "Select the next occurrence too",
    selectMatches: "Select all occurrences",
    cursorAbove: "Another cursor above",
    cursorBelow: "Another cursor below",
    matchingBracket: "Go to the matching bracket",
    comment: "Comment or uncomment",
    indent: "Indent",
    outdent: "Indent less",
    lineUp: "Move the line up",
    lineDown: "Move the line down",
    copyLine: "Copy the line down",
    deleteLine: "Delete the line",
    fold: "Fold here",
    unfold: "Unfold here",
    foldAll: "Fold everything",
    unfoldAll: "Unfold everything",
    wrap: "Wrap long lines, or not",
    spelling: "Check spelling, or not",
    larger: "Larger letters",
    smaller: "Smaller letters",
    vim: "Vim keys, or plain ones",
  },
  options: {
    names: {
      autosave: "Save by itself",
      wrap: "Wrap long lines",
      spelling: "Check spelling",
      keymap: "Keys",
      fontSize: "Letters",
      tabSize: "Indentation and tabs",
      preview: "Preview",
    },
    choices: {
      autosave: { off: "No", pause: "After a pause", blur: "When you leave the text" },
      wrap: { on: "Yes", off: "No" },
      spelling: { off: "No", on: "Yes" },
      keymap: { plain: "Plain", vim: "Vim" },
      fontSize: { default: "As usual", "12": "12 px", "14": "14 px", "16": "16 px", "18": "18 px", "20": "20 px", "24": "24 px", "28": "28 px" },
      tabSize: { file: "As the file has it", "2": "2 columns", "4": "4 columns", "8": "8 columns" },
      preview: { off: "Hidden", on: "Shown" },
    },
    kept: "Kept in this browser, for all files.",
  },
  encoding: {
    short: (encoding: Encoding, bom: boolean) => `${encodingName(encoding)}${bom && encoding === "utf-8" ? " with BOM" : ""}`,
    long: (encoding: Encoding) => {
      const script = SCRIPTS[encoding];
      return script === undefined ? encodingName(encoding) : `${script} (${encodingName(encoding)})`;
    },
    ends: {
      "\n": { short: "LF", long: "LF (Linux, macOS)" },
      "\r\n": { short: "CRLF", long: "CRLF (Windows)" },
      "\r": { short: "CR", long: "CR (old Macs)" },
      mixed: { short: "Mixed line ends", long: "Mixed" },
    },
    endsNow: (ends: string) => `Lines end in ${ends}.`,
    mixed: "Lines end in several ways; each stays as it is until you choose one for all. Undo does not go back behind that.",
    readAs: "Read the file as",
    sample: "How the text looks then",
    read: "Read it so",
    readAnyway: "Read it anew",
    lost: "Your changes are not saved: reading the file anew throws them away.",
    unreadable: "The file is no text of this encoding.",
    writeAs: "Save the file as",
    mark: "With a byte order mark",
    convert: "Convert",
    convertUtf8: "Convert to UTF-8 and edit",
    another: "Another encoding…",
    asLatin: "Edit as Western (windows-1252)",
    unknown: "This text is neither UTF-8 nor UTF-16. It is shown as windows-1252, to read only. Choose the encoding that makes it read right, and it can be edited.",
    readOnly: (encoding: string) => `Texts in ${encoding} can be read here, and edited once they are converted.`,
    unfit: (character: string, line: number, encoding: string) => `${encoding} has no “${character}” (line ${line}).`,
    unfitSaved: (character: string, line: number, encoding: string) => `Not saved: this file is ${encoding}, which has no “${character}” (line ${line}). ${KEPT} Save it as UTF-8, or take the character out.`,
    saveUtf8: "Save as UTF-8",
    showIt: "Show it",
  },
  /** In place of the text. */
  instead: {
    large: "This file is large",
    binary: "This file is not text",
    why: { large: "Texts up to 10 MB are opened by themselves.", binary: "It can be downloaded, and replaced by another one." },
    lookLarge: "Look at its beginning",
    lookBinary: "View as text, read only",
    editAnyway: "Edit it all the same",
    beginning: (size: string) => `The first ${size}`,
    coming: (size: string) => `Downloading: ${size} so far`,
    going: (percent: number) => `Uploading: ${sayNumber(percent)} %`,
    tooLarge: (size: string, limit: string) => `That file has ${size}, and the server takes ${limit} at most. Nothing was changed.`,
    sure: (name: string, by: string, size: string) => `${sayName(name)} becomes what ${sayName(by)} (${size}) holds. What it holds now is gone then, if nobody kept a copy.`,
    unsavedLost: "What you wrote and did not save is thrown away too.",
    replace: "Replace",
    changed: "The file was changed meanwhile, so nothing was replaced. Look at it again first.",
    lookAgain: "Look again",
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
    "Fold line": "Fold",
    "Unfold line": "Unfold",
    "folded code": "Folded text",
    unfold: "Unfold",
    Find: "Find",
    Replace: "Replace by",
    next: "Next",
    previous: "Previous",
    all: "Select all",
    "match case": "Match case",
    regexp: "Regular expression",
    "by word": "Whole words",
    replace: "Replace",
    "replace all": "Replace all",
    close: "Close",
    "current match": "Current match",
    "on line": "on line",
    "replaced match on line $": "Replaced match on line $",
    "replaced $ matches": "Replaced $ matches",
    "Go to line": "Go to line",
    go: "Go",
    Completions: "Completions",
    "$ unchanged lines": "$ unchanged lines",
    Accept: "Accept",
    Reject: "Reject",
    "Revert this chunk": "Revert this chunk",
    to: "to",
    "Folded lines": "Folded lines",
    "Unfolded lines": "Unfolded lines",
  },
};

/** Which script each is for; the others need no such word. */
const SCRIPTS: Partial<Record<Encoding, string>> = {
  "windows-1252": "Western",
  "iso-8859-15": "Western with €",
  "iso-8859-2": "Central European",
  "windows-1250": "Central European",
  "iso-8859-3": "South European",
  "iso-8859-4": "North European",
  "iso-8859-5": "Cyrillic",
  "windows-1251": "Cyrillic",
  "koi8-r": "Cyrillic, Russian",
  "koi8-u": "Cyrillic, Ukrainian",
  ibm866: "Cyrillic, DOS",
  "x-mac-cyrillic": "Cyrillic",
  "iso-8859-6": "Arabic",
  "windows-1256": "Arabic",
  "iso-8859-7": "Greek",
  "windows-1253": "Greek",
  "iso-8859-8": "Hebrew",
  "windows-1255": "Hebrew",
  "windows-1254": "Turkish",
  "iso-8859-10": "Nordic",
  "iso-8859-13": "Baltic",
  "windows-1257": "Baltic",
  "iso-8859-14": "Celtic",
  "iso-8859-16": "Romanian",
  "windows-874": "Thai",
  "windows-1258": "Vietnamese",
  macintosh: "Western",
  shift_jis: "Japanese",
  "euc-jp": "Japanese",
  "iso-2022-jp": "Japanese",
  gb18030: "Chinese, simplified",
  gbk: "Chinese, simplified",
  big5: "Chinese, traditional",
  "euc-kr": "Korean",
};

/** Encodings have the same name in every language. */
function encodingName(encoding: Encoding): string {
  return encoding === "binary" ? "Not text" : ENCODING_NAMES[encoding];
}

function advice(text: string, again: boolean): Advice {
  return { text, again };
}
