// Markdown becomes HTML, block by block, each with the line that it begins at.
// It must never let HTML of the author through, nor grow without bound: its caller runs it where it can be ended.

import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";
import footnote from "markdown-it-footnote";
import tasks from "markdown-it-task-lists";

import { DEPTH, TooDeep } from "./bounds.ts";

/** One piece of the top level. */
export interface Block {
  /** Where it begins, counted from 0. */
  readonly line: number;
  readonly html: string;
}

/** Longer addresses and titles are left out, and all beyond so many characters of them: one definition may stand behind every
 * word of a text. */
const ADDRESS_CHARACTERS = 4_096;
const ADDRESSES_CHARACTERS = 2_097_152;
/** Beyond this the text is a trap rather than a text. */
const HTML_CHARACTERS = 16_777_216;

type Token = ReturnType<InstanceType<typeof MarkdownIt>["parse"]>[number];

const parser = new MarkdownIt("default", { html: false, linkify: true, typographer: false });
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
// What is to be done is the name of its box.
parser.use(footnote).use(tasks, { label: true });
parser.core.ruler.push("bounds", ({ tokens }) => visit(tokens, { left: ADDRESSES_CHARACTERS }));
parser.core.ruler.push("headings", ({ tokens }) => nameHeadings(tokens));

export function blocksOf(text: string): Block[] {
  const environment = {};
  const tokens = parser.parse(text, environment);
  const blocks: Block[] = [];
  let group: Token[] = [];
  let depth = 0;
  let line = 0;
  let length = 0;
  for (const token of tokens) {
    if (group.length === 0) line = token.map?.[0] ?? line;
    group.push(token);
    depth += token.nesting;
    if (depth > 0) continue;
    const html = parser.renderer.render(group, parser.options, environment);
    length += html.length;
    if (length > HTML_CHARACTERS) throw new Error("too much HTML for a preview");
    if (html !== "") blocks.push({ line, html });
    group = [];
    depth = 0;
  }
  return blocks;
}

/** Ends at what is too deep, takes out what is too long, and says the side of a column by a class: a style would be refused by the page's policy. */
function visit(tokens: readonly Token[], room: { left: number }): void {
  let depth = 0;
  for (const token of tokens) {
    depth += token.nesting;
    if (depth > DEPTH) throw new TooDeep("nested too deeply for a preview");
    for (const name of ["href", "title", "src"]) {
      const { length } = textOf(token, name);
      const inline = name === "src" && textOf(token, name).startsWith("data:");
      room.left -= length;
      if (length > 0 && (room.left < 0 || (length > ADDRESS_CHARACTERS && !inline))) token.attrSet(name, "");
    }
    const side = /^text-align:(left|center|right)$/.exec(textOf(token, "style"))?.[1];
    if (token.attrs !== null) token.attrs = token.attrs.filter(([name]: [string, unknown]) => name !== "style");
    if (side !== undefined) token.attrJoin("class", side);
    if (token.children !== null) visit(token.children, room);
  }
}

function textOf(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

function nameHeadings(tokens: readonly Token[]): void {
  const slugs = new GithubSlugger();
  tokens.forEach((token, at) => {
    if (token.type !== "heading_open") return;
    const words = (tokens[at + 1]?.children ?? []).filter(({ type }: Token) => type === "text" || type === "code_inline");
    token.attrSet("id", slugs.slug(words.map(({ content }: Token) => content).join("")));
  });
}
