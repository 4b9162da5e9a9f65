// The texts of the pages in English, a section a feature: every language file has the same shape.
// It must never show a key, a path, or what the server answered word for word.

import type { Encoding } from "../text/encoding.ts";
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
    large: "Too large to open by itself",
    binary: "Not text",
  },
  /** What did not go as wished. */
  why: { notSaved, notOpened, stopped, tooLarge },
  text: {
    of: (name: string) => `Text of ${name}`,
    place: (line: number, column: number) => `Line ${line}, column ${column}`,
    tooLarge: "This file is larger than the server takes back. It is shown to read only.",
    editorMissing: "The editor could not be fetched from the server. Check your connection, then load this page again.",
    plain: "Plain text",
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
    textKeys: [
      { name: "Leave the text", keys: ["Escape Tab"] },
      { name: "Another cursor", keys: ["$mod+Click"] },
      { name: "Select a block", keys: ["Alt+Drag"] },
      { name: "One cursor again", keys: ["Escape"] },
    ] as readonly { readonly name: string; readonly keys: readonly string[] }[],
    counts: ({ words, characters }: { words: number; characters: number }, selected: boolean): readonly [text: string, longer: string] => [
      `${counted(words)} ${words === 1 ? "word" : "words"}`,
      `, ${counted(characters)} ${characters === 1 ? "character" : "characters"}${selected ? " selected" : ""}`,
    ],
    size: (bytes: number) => sizeOf(bytes),
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
    short: (encoding: Encoding, bom: boolean) => `${ENCODINGS[encoding][0]}${bom && encoding === "utf-8" ? " with BOM" : ""}`,
    long: (encoding: Encoding) => (ENCODINGS[encoding][1] === "" ? ENCODINGS[encoding][0] : `${ENCODINGS[encoding][1]} (${ENCODINGS[encoding][0]})`),
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
    going: (percent: number) => `Uploading: ${percent} %`,
    tooLarge: (size: string, limit: string) => `That file has ${size}, and the server takes ${limit} at most. Nothing was changed.`,
    sure: (name: string, by: string, size: string) => `${name} becomes what ${by} (${size}) holds. What it holds now is gone then, if nobody kept a copy.`,
    unsavedLost: "What you wrote and did not save is thrown away too.",
    replace: "Replace",
    changed: "The file was changed meanwhile, so nothing was replaced. Look at it again first.",
    lookAgain: "Look again",
  },
  /** CodeMirror's own texts, by its own names for them. */
  phrases: {
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
    "Folded lines": "Folded lines",
    "Unfolded lines": "Unfolded lines",
    to: "to",
    "folded code": "Folded text",
    unfold: "Unfold",
    "Fold line": "Fold",
    "Unfold line": "Unfold",
    "Control character": "Control character",
    Completions: "Completions",
    "Selection deleted": "Selection deleted",
  },
};

const ENCODINGS: Record<Encoding, readonly [name: string, script: string]> = {
  "utf-8": ["UTF-8", ""],
  "utf-16le": ["UTF-16 LE", ""],
  "utf-16be": ["UTF-16 BE", ""],
  "windows-1252": ["windows-1252", "Western"],
  "iso-8859-15": ["ISO-8859-15", "Western with €"],
  "iso-8859-2": ["ISO-8859-2", "Central European"],
  "windows-1250": ["windows-1250", "Central European"],
  "iso-8859-3": ["ISO-8859-3", "South European"],
  "iso-8859-4": ["ISO-8859-4", "North European"],
  "iso-8859-5": ["ISO-8859-5", "Cyrillic"],
  "windows-1251": ["windows-1251", "Cyrillic"],
  "koi8-r": ["KOI8-R", "Cyrillic, Russian"],
  "koi8-u": ["KOI8-U", "Cyrillic, Ukrainian"],
  ibm866: ["IBM866", "Cyrillic, DOS"],
  "x-mac-cyrillic": ["Mac Cyrillic", "Cyrillic"],
  "iso-8859-6": ["ISO-8859-6", "Arabic"],
  "windows-1256": ["windows-1256", "Arabic"],
  "iso-8859-7": ["ISO-8859-7", "Greek"],
  "windows-1253": ["windows-1253", "Greek"],
  "iso-8859-8": ["ISO-8859-8", "Hebrew"],
  "windows-1255": ["windows-1255", "Hebrew"],
  "windows-1254": ["windows-1254", "Turkish"],
  "iso-8859-10": ["ISO-8859-10", "Nordic"],
  "iso-8859-13": ["ISO-8859-13", "Baltic"],
  "windows-1257": ["windows-1257", "Baltic"],
  "iso-8859-14": ["ISO-8859-14", "Celtic"],
  "iso-8859-16": ["ISO-8859-16", "Romanian"],
  "windows-874": ["windows-874", "Thai"],
  "windows-1258": ["windows-1258", "Vietnamese"],
  macintosh: ["Mac Roman", "Western"],
  shift_jis: ["Shift_JIS", "Japanese"],
  "euc-jp": ["EUC-JP", "Japanese"],
  "iso-2022-jp": ["ISO-2022-JP", "Japanese"],
  gb18030: ["GB18030", "Chinese, simplified"],
  gbk: ["GBK", "Chinese, simplified"],
  big5: ["Big5", "Chinese, traditional"],
  "euc-kr": ["EUC-KR", "Korean"],
  binary: ["Not text", ""],
};

/** In the units of disks and of file managers. */
function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : bytes < 1_000_000_000 ? [bytes / 1_000_000, "MB"] : [bytes / 1_000_000_000, "GB"];
  return `${value.toLocaleString("en", { maximumFractionDigits: 1 })} ${unit}`;
}

function counted(bytes: number): string {
  return bytes.toLocaleString("en");
}

function advice(text: string, again: boolean): Advice {
  return { text, again };
}
