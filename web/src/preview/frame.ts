// HTML of an author in a frame of no origin, in which no script runs, no form is sent and nothing is fetched.
// It must never give the frame leave to run anything.

import { cleaner, showIn } from "../safe.ts";
import { words } from "../words/words.ts";
import { leaveOut, mark, NEAR, NOWHERE, WITHIN } from "./marks.ts";
import type { Pictures } from "./pictures.ts";
import type { Quiet } from "./quiet.ts";
import { cleanDeclarations, cleanSheet } from "./styles.ts";

const STYLE = "data-style";
/** How long the page waits for its pictures before it is shown without them. */
const PICTURES_MS = 1_500;

const clean = cleaner(
  {
    USE_PROFILES: { html: true },
    WHOLE_DOCUMENT: true,
    ADD_ATTR: [STYLE],
    // No address: what it says is read as declarations, and cleaned, below.
    ADD_URI_SAFE_ATTR: [STYLE],
    FORBID_TAGS: ["style", "form", "audio", "video", "source", "track", "picture", "map", "area", "dialog"],
    FORBID_ATTR: ["style", "autofocus", "accesskey", "popover", "popovertarget", "nonce"],
  },
  mark,
);

export function makeFrame(name: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  // Links open windows, which are no part of the sandbox; nothing else is allowed.
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  frame.referrerPolicy = "no-referrer";
  frame.title = words.preview.of(name);
  return frame;
}

export async function showHtml(frame: HTMLIFrameElement, { html, styles }: Quiet, pictures: Pictures, nonce: string): Promise<void> {
  const root = clean(html);
  for (const link of root.querySelectorAll(`a[${WITHIN}], a[${NOWHERE}]`)) {
    const id = link.getAttribute(WITHIN);
    // The frame's own address: a bare "#…" would be made whole with ours.
    if (id !== null) link.setAttribute("href", `about:srcdoc#${encodeURIComponent(id)}`);
    for (const name of [WITHIN, "role", "tabindex"]) link.removeAttribute(name);
  }
  const rules = styles.map(cleanSheet);
  [...root.querySelectorAll(`[${STYLE}]`)].forEach((element, at) => {
    rules.push(`[${STYLE}="${at}"] { ${cleanDeclarations(element.getAttribute(STYLE) ?? "")} }`);
    element.setAttribute(STYLE, String(at));
  });
  const head = root.querySelector("head") ?? root.insertBefore(document.createElement("head"), root.firstChild);
  head.replaceChildren(policyOf(nonce), styleOf(rules.join("\n"), nonce));
  const filled = Promise.all([...root.querySelectorAll(`img[${NEAR}]`)].map((picture) => fill(picture, pictures)));
  const late = await Promise.race([filled.then(() => false), new Promise<true>((decide) => setTimeout(() => decide(true), PICTURES_MS))]);
  showIn(frame, root);
  if (!late) return;
  await filled;
  showIn(frame, root);
}

async function fill(picture: Element, pictures: Pictures): Promise<void> {
  const address = await pictures.inline(picture.getAttribute(NEAR) ?? "");
  picture.removeAttribute(NEAR);
  if (address === undefined) leaveOut(picture);
  else picture.setAttribute("src", address);
}

/** Beside the policy of our page, which the frame has too. */
function policyOf(nonce: string): HTMLMetaElement {
  const policy = document.createElement("meta");
  policy.setAttribute("http-equiv", "Content-Security-Policy");
  policy.setAttribute("content", `default-src 'none'; img-src data:; style-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'`);
  return policy;
}

function styleOf(text: string, nonce: string): HTMLStyleElement {
  const style = document.createElement("style");
  style.setAttribute("nonce", nonce);
  style.textContent = text;
  return style;
}
