// Browser verbs for tests against a running server: one story a call, in a fresh profile, answered as one line of JSON.
//   node test/browser.mjs STORY --url URL [--type TEXT] [--choice mine|theirs|later|look|PASSPHRASE] [--ready FILE] [--user NAME --password TEXT] [--shot FILE] [--width N] [--dark] [--locale TAG] [--forced] [--still] [--large]
// "--url -" reads the address from standard input, so that a bookmark need not stand in an argument list.
// It must never reach another host than the one in the URL, and never leave a browser or a profile behind.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { ACCESSIBLE } from "./accessible.mjs";
import { ACCESSIBLE_MORE } from "./accessible-more.mjs";
import { BUDGETS } from "./budgets.mjs";
import { DECIDING } from "./deciding.mjs";
import { JOINED } from "./joined.mjs";
import { LANGUAGES } from "./languages.mjs";
import { LIFE } from "./life.mjs";
import { MERGED } from "./merged.mjs";
import { NEVER_LOST } from "./never-lost.mjs";
import { NEVER_LOST_ANSWER } from "./never-lost-answer.mjs";
import { NEVER_LOST_ELSEWHERE } from "./never-lost-elsewhere.mjs";
import { OPENING } from "./opening.mjs";
import { PREVIEW } from "./preview.mjs";
import { SHARE } from "./share.mjs";
import { STORIES as PLAIN } from "./stories.mjs";
import { TOGETHER } from "./together.mjs";
import { TOOLS } from "./tools.mjs";
import { visit } from "./visit.mjs";

const STORIES = { ...PLAIN, ...ACCESSIBLE, ...ACCESSIBLE_MORE, ...BUDGETS, ...DECIDING, ...JOINED, ...LANGUAGES, ...LIFE, ...MERGED, ...NEVER_LOST, ...NEVER_LOST_ANSWER, ...NEVER_LOST_ELSEWHERE, ...OPENING, ...PREVIEW, ...SHARE, ...TOGETHER, ...TOOLS };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string" },
    type: { type: "string", default: "" },
    user: { type: "string", default: "" },
    password: { type: "string", default: "" },
    choice: { type: "string", default: "mine" },
    ready: { type: "string", default: "" },
    shot: { type: "string" },
    width: { type: "string", default: "1280" },
    dark: { type: "boolean", default: false },
    /** The reader's language. */
    locale: { type: "string", default: "en-US" },
    /** The system's own colours, few and strong. */
    forced: { type: "boolean", default: false },
    /** Nothing may move. */
    still: { type: "boolean", default: false },
    /** Letters of twice the size. */
    large: { type: "boolean", default: false },
  },
});
const story = STORIES[positionals[0]];
if (story === undefined || values.url === undefined) {
  console.error(`usage: node test/browser.mjs STORY --url URL|- …   stories: ${Object.keys(STORIES).join(", ")}`);
  process.exit(2);
}
// Other bookmarks may stand on further lines.
const [url, other, ...rest] = (values.url === "-" ? readFileSync(0, "utf8") : values.url).trim().split("\n");
const { dark, shot, locale, forced, still, large } = values;
const told = await visit({ width: Number(values.width), dark, shot, locale, forced, still, large }, (page) => story(page, { ...values, url, other, rest }));
console.log(JSON.stringify(told));
process.exit(told.ok ? 0 : 1);
