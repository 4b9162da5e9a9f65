// HTML is read as a browser would read it, and what the page's policy forbids is taken out before a browser sees it: each
// such thing would be refused anyway, and be told to the console.
// It must never be taken for the judge of what is harmless: that is safe.ts, and the frame.

import { type DefaultTreeAdapterMap, type DefaultTreeAdapterTypes as Tree, defaultTreeAdapter as adapter, parse, serialize, type TreeAdapter } from "parse5";

import { DEPTH, TooDeep } from "./bounds.ts";

export interface Quiet {
  /** The document without styles, scripts and what reacts to events; a style of an element stands in data-style. */
  readonly html: string;
  /** What stood in its style elements. */
  readonly styles: readonly string[];
}

const DROPPED = new Set([
  "script", "noscript", "style", "link", "meta", "base", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "fencedframe",
  "template", "title", "svg", "math", "audio", "video", "source", "track",
]);
const STYLES_CHARACTERS = 1_048_576;

/** Ends at a text that is nested too deeply, which would take long and then fail. */
function bounded(): TreeAdapter<DefaultTreeAdapterMap> {
  let depth = 0;
  return {
    ...adapter,
    onItemPush() {
      depth += 1;
      if (depth > DEPTH) throw new TooDeep("nested too deeply for a preview");
    },
    onItemPop: () => void (depth -= 1),
  };
}

export function quiet(text: string): Quiet {
  const document = parse(text, { treeAdapter: bounded() });
  const styles: string[] = [];
  let left = STYLES_CHARACTERS;
  const todo: Tree.ParentNode[] = [document];
  for (let parent = todo.pop(); parent !== undefined; parent = todo.pop()) {
    const kept: Tree.ChildNode[] = [];
    for (const child of parent.childNodes) {
      if (adapter.isCommentNode(child)) continue;
      if (!adapter.isElementNode(child)) {
        kept.push(child);
        continue;
      }
      if (child.tagName === "style") {
        const sheet = child.childNodes.map((node) => (adapter.isTextNode(node) ? node.value : "")).join("");
        left -= sheet.length;
        if (left >= 0) styles.push(sheet);
      }
      if (DROPPED.has(child.tagName)) continue;
      child.attrs = child.attrs.filter(({ name }) => !name.startsWith("on") && name !== "srcdoc" && !name.startsWith("data-"));
      for (const attribute of child.attrs) if (attribute.name === "style") attribute.name = "data-style";
      kept.push(child);
      todo.push(child);
    }
    parent.childNodes = kept;
  }
  return { html: serialize(document), styles };
}
