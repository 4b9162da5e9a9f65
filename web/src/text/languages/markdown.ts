// Markdown as a chunk of its own; HTML in it and the languages of its fenced blocks come when they are met.
// It must never be imported but by languages.ts, lazily. It is put together here because markdown() of the package brings
// HTML, CSS and JavaScript along, which few texts have.

import { markdownKeymap, markdownLanguage, pasteURLAsLink } from "@codemirror/lang-markdown";
import { foldService, Language, LanguageDescription, LanguageSupport, ParseContext, syntaxTree } from "@codemirror/language";
import { type EditorState, Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import { type Input, Parser, type PartialParse, type SyntaxNode, type TreeFragment } from "@lezer/common";
import { type MarkdownConfig, type MarkdownParser, parseCode } from "@lezer/markdown";

/** Blocks within blocks, as many as the preview reads. */
const BLOCKS_DEEP = 100;
/** Marks in one paragraph, of which each may be looked for by each. */
const MARKS_MOST = 2_000;
const MARK = /[*_~[\]`<]/g;

/** What is nested deeper, or has more marks, is text without colours: reading it would hold the page up, or fail. */
const bounds: MarkdownConfig = {
  parseBlock: [
    {
      name: "TooDeep",
      before: "LinkReference",
      parse(cx, line) {
        if (cx.depth <= BLOCKS_DEEP) return false;
        cx.addElement(cx.elt("Paragraph", cx.lineStart + line.pos, cx.lineStart + line.text.length));
        cx.nextLine();
        return true;
      },
    },
  ],
  parseInline: [
    {
      name: "TooMany",
      before: "Escape",
      parse: (cx, _next, pos) => (pos === cx.offset && cx.text.length > MARKS_MOST && (cx.text.match(MARK)?.length ?? 0) > MARKS_MOST ? cx.end : -1),
    },
  ],
};

export function support(codeLanguages: readonly LanguageDescription[]): LanguageSupport {
  const code = (info: string): Parser | null => {
    const found = LanguageDescription.matchLanguageName(codeLanguages, /^\S*/.exec(info)?.[0] ?? "", true);
    return found === null ? null : whenMet(found);
  };
  const parser = markdownLanguage.parser as MarkdownParser;
  const language = new Language(markdownLanguage.data, parser.configure([bounds, parseCode({ codeParser: code, htmlParser: new Html() })]), [], "markdown");
  return new LanguageSupport(language, [sections, pasteURLAsLink, Prec.high(keymap.of([...markdownKeymap]))]);
}

/** HTML without pairs: its tags stand in pieces of their own. */
const html = LanguageDescription.of({
  name: "HTML",
  load: async () => (await import("./html.ts")).support({ matchClosingTags: false }),
});

/** Reads HTML once that language has come. */
class Html extends Parser {
  createParse(input: Input, fragments: readonly TreeFragment[], ranges: readonly { from: number; to: number }[]): PartialParse {
    return whenMet(html).createParse(input, fragments, ranges);
  }
}

function whenMet(language: LanguageDescription): Parser {
  // A language that cannot be fetched leaves its piece without colours.
  return language.support?.language.parser ?? ParseContext.getSkippingParser(language.load().catch(() => undefined));
}

const HEADING = /^(?:ATX|Setext)Heading([1-6])$/;

/** A heading folds all that it is the heading of. */
const sections = foldService.of((state: EditorState, start: number, end: number) => {
  for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(end, -1); node !== null && node.from >= start; node = node.parent) {
    const level = levelOf(node);
    if (level === undefined) continue;
    const to = endOfSection(node, level);
    if (to > end) return { from: end, to };
  }
  return null;
});

function endOfSection(heading: SyntaxNode, level: number): number {
  let last = heading;
  for (let next = last.nextSibling; next !== null; next = last.nextSibling) {
    if ((levelOf(next) ?? Infinity) <= level) break;
    last = next;
  }
  return last.to;
}

function levelOf(node: SyntaxNode): number | undefined {
  const found = HEADING.exec(node.name)?.[1];
  return found === undefined ? undefined : Number(found);
}
