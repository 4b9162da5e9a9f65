// A language that gives up on a text which is nested without end: such a tree is more than highlighters and folders can walk,
// and some parsers fail over it. It must never let an error of a parser reach a key, nor walk a tree twice.

import { Language, LanguageSupport, StreamLanguage } from "@codemirror/language";
import { type Input, NodeProp, NodeType, Parser, type PartialParse, Tree, TreeBuffer, type TreeFragment } from "@lezer/common";

/** Deeper than any text that is not made to be deep, and a third of what browsers bear. */
export const DEPTH_MOST = 1_000;

/** The same language; where it gives up it says so once, and the text is one without a language from then on. */
export function calm(support: LanguageSupport, gaveUp: () => void): LanguageSupport {
  const { language } = support;
  // A mode of one line at a time makes no deep trees.
  if (language instanceof StreamLanguage) return support;
  return new LanguageSupport(new Language(language.data, new Calm(language.parser, gaveUp), [], language.name), support.support);
}

class Calm extends Parser {
  readonly #parser: Parser;
  readonly #said: () => void;
  readonly #depths: Depths = new WeakMap();
  #gaveUp = false;

  constructor(parser: Parser, said: () => void) {
    super();
    this.#parser = parser;
    this.#said = said;
  }

  createParse(input: Input, fragments: readonly TreeFragment[], ranges: readonly { from: number; to: number }[]): PartialParse {
    const length = ranges.at(-1)?.to ?? input.length;
    const nothing = (to: number): Tree => new Tree(NodeType.none, [], [], to);
    const giveUp = (to: number): Tree => {
      if (!this.#gaveUp) queueMicrotask(this.#said);
      this.#gaveUp = true;
      return nothing(to);
    };
    const begun = this.#gaveUp ? undefined : this.#tried(() => this.#parser.createParse(input, fragments, ranges));
    if (begun === undefined) return parseOf(() => giveUp(length), length);
    const advance = (): Tree | null => {
      const tree = this.#gaveUp ? undefined : this.#tried(() => begun.advance());
      if (tree === undefined || (tree !== null && depthOf(tree, this.#depths) > DEPTH_MOST)) return giveUp(begun.stoppedAt ?? length);
      return tree;
    };
    return {
      advance,
      get parsedPos() {
        return begun.parsedPos;
      },
      stopAt: (at) => begun.stopAt(at),
      get stoppedAt() {
        return begun.stoppedAt;
      },
    };
  }

  /** Nothing where the parser failed: it walks by itself, and may go deeper than the stack does. */
  #tried<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch {
      return undefined;
    }
  }
}

function parseOf(advance: () => Tree, parsedPos: number): PartialParse {
  return { advance, parsedPos, stopAt: () => undefined, stoppedAt: null };
}

type Depths = WeakMap<Tree, number>;

/** How deep a tree is, what is mounted in it counted along; parts that were seen before are not walked again. */
export function depthOf(tree: Tree, known: Depths): number {
  const open: { tree: Tree; next: number; parts: readonly Tree[]; below: number }[] = [];
  const enter = (entered: Tree): void => void open.push({ tree: entered, next: 0, parts: partsOf(entered), below: depthOfBuffers(entered) });
  enter(tree);
  for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
    const part = at.parts[at.next];
    const seen = part && known.get(part);
    if (part === undefined) {
      // What is only there to keep trees in balance is no level of its own.
      const depth = at.below + (at.tree.type.isAnonymous ? 0 : 1);
      known.set(at.tree, depth);
      open.pop();
      const above = open.at(-1);
      if (above === undefined) return depth;
      above.below = Math.max(above.below, depth);
      above.next += 1;
    } else if (seen === undefined) {
      enter(part);
    } else {
      at.below = Math.max(at.below, seen);
      at.next += 1;
    }
  }
  return 0;
}

function partsOf(tree: Tree): readonly Tree[] {
  const mounted = tree.prop(NodeProp.mounted);
  const parts = tree.children.filter((child) => child instanceof Tree);
  return mounted === undefined ? parts : [...parts, mounted.tree];
}

/** How deep the nodes stand within each other that the tree keeps as numbers: a thousand letters may be as many levels. */
function depthOfBuffers(tree: Tree): number {
  let deepest = 0;
  for (const child of tree.children) {
    if (!(child instanceof TreeBuffer)) continue;
    const ends: number[] = [];
    // Four numbers a node; the last of them says where its descendants end.
    for (let at = 0; at < child.buffer.length; at += 4) {
      while ((ends.at(-1) ?? Infinity) <= at) ends.pop();
      ends.push(child.buffer[at + 3] ?? 0);
      deepest = Math.max(deepest, ends.length);
    }
  }
  return deepest;
}
