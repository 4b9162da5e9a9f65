// What an author wrote becomes something that a browser may show: the one place with a Trusted Types policy, which is the
// only one that the page's content security policy lets exist.
// It must never give a string of an author to the page as HTML: what comes out is a tree of what is listed, or a document for a
// frame in which nothing runs.

import DOMPurify, { type Config } from "dompurify";

/** The parts of the policy that are used; browsers without Trusted Types get the strings themselves. */
interface Policy {
  createHTML(text: string): string;
  createScriptURL(address: string): string;
}

interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

const rules: Policy = {
  createHTML: (text) => text,
  createScriptURL(address) {
    const { origin, pathname } = new URL(address, document.baseURI);
    if (origin !== location.origin || !/\/assets\/[a-z]+-worker-[0-9A-Z]+\.js$/.test(pathname)) throw new TypeError("no script of ours");
    return address;
  },
};
const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy("editkey", rules) ?? rules;

/** What becomes of an element after all that is not listed was taken from it. */
export type Finish = (element: Element) => void;

/** A cleaner of HTML. Each call of it gives new nodes that belong to nobody yet. */
export function cleaner(config: Config, finish: Finish): (html: string) => HTMLElement {
  const purify = DOMPurify(window);
  purify.addHook("afterSanitizeAttributes", finish);
  const all: Config = {
    ...config,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM: true,
    TRUSTED_TYPES_POLICY: policy as never,
  };
  return (html) => purify.sanitize(html, all) as unknown as HTMLElement;
}

/** A whole document for a frame, of a tree that a cleaner gave. */
export function showIn(frame: HTMLIFrameElement, root: HTMLElement): void {
  frame.srcdoc = policy.createHTML(`<!DOCTYPE html>${root.outerHTML}`);
}

/** The address of a script of ours, for a thread. */
export function scriptAddress(address: string): string {
  return policy.createScriptURL(address);
}
