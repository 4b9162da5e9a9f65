// What links and pictures of an author become in a preview: what is listed in links.ts, and nothing else.
// It must never leave an address on an element that the browser would follow or fetch by itself.

import { words } from "../words/words.ts";
import { linkTarget, pictureTarget } from "./links.ts";

/** A picture beside the file, not fetched yet; a link that the preview itself has to follow. */
export const NEAR = "data-near";
export const WITHIN = "data-within";
export const NOWHERE = "data-nowhere";

/** The attributes that lead somewhere, wherever they stand. */
const LEADING = ["href", "src", "action", "formaction", "background", "poster", "srcset", "ping", "cite", "longdesc", "data", "usemap", "target", "rel", "download"];

export function mark(element: Element): void {
  const href = element.getAttribute("href");
  const src = element.getAttribute("src");
  for (const name of LEADING) element.removeAttribute(name);
  if (element.localName === "a" && href !== null) markLink(element, href);
  if (element.localName === "img") markPicture(element, src ?? "");
}

function markLink(link: Element, href: string): void {
  const target = linkTarget(href);
  if (target.kind === "elsewhere") {
    link.setAttribute("href", target.address);
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
    return;
  }
  link.setAttribute("role", "link");
  link.setAttribute("tabindex", "0");
  if (target.kind === "within") {
    link.setAttribute(WITHIN, target.id);
  } else {
    link.setAttribute(NOWHERE, "");
    link.setAttribute("title", words.preview.nowhere);
  }
}

function markPicture(picture: Element, src: string): void {
  const target = pictureTarget(src);
  if (target.kind === "inline") {
    picture.setAttribute("src", target.address);
  } else if (target.kind === "near") {
    picture.setAttribute(NEAR, target.path);
  } else if (target.kind === "elsewhere" && picture.closest("a") === null) {
    const link = document.createElement("a");
    link.textContent = words.preview.elsewhere(picture.getAttribute("alt") ?? "");
    link.className = "left-out";
    markLink(link, target.address);
    picture.replaceWith(link);
  } else {
    leaveOut(picture);
  }
}

/** Words in place of a picture that is not shown. */
export function leaveOut(picture: Element): void {
  const said = document.createElement("span");
  said.className = "left-out";
  said.textContent = words.preview.leftOut(picture.getAttribute("alt") ?? "");
  picture.replaceWith(said);
}
