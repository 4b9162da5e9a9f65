// What comes over the network before a page is seen, and before a text can be edited with its colours: bytes as they were
// sent, headers included, as the browser's own network log counts them, on a cold cache.
// It must never count what a script guesses.

import { made } from "./preview.mjs";
import { openEditor } from "./stories.mjs";

export const BUDGETS = {
  /** The bytes of the first paint: all else is held back until the text is seen. */
  async "first-paint"(page, { url }) {
    const counted = await count(page);
    const held = [];
    let needed;
    // What the page asks for by import() or ahead of time is held back; the entry script and what it imports are let through.
    await page.route(/\/assets\/.*\.js$/, (route) => {
      const through = needed === "all" || needed?.has(new URL(route.request().url()).pathname);
      return through ? route.continue() : held.push(route);
    });
    const release = () => Promise.all(held.splice(0).map((route) => (needed === "all" || needed.has(new URL(route.request().url()).pathname) ? route.continue() : held.push(route))));
    await page.goto(url, { waitUntil: "commit" });
    needed = await imported(page, await page.locator("script[type=module]").getAttribute("src"));
    await release();
    await page.waitForFunction(() => (document.querySelector(".early")?.textContent ?? "") !== "");
    const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length);
    const bytes = counted.sum();
    needed = "all";
    await release();
    return { bytes, painted, files: counted.names() };
  },

  /** The bytes until a Markdown file can be edited and has its colours. */
  async "first-edit"(page, { url }) {
    const counted = await count(page);
    await openEditor(page, url);
    await page.locator(".cm-content .tok-heading").first().waitFor();
    const bytes = counted.sum();
    return { bytes, files: counted.names() };
  },

  /** The bytes until it can be edited, and until its preview is seen too: threads are counted with what they load. */
  async "first-preview"(page, { url }) {
    const counted = await count(page);
    await openEditor(page, url);
    await page.locator(".cm-content .tok-heading").first().waitFor();
    // What comes by itself when nothing else is to be done belongs to neither.
    const own = () => counted.sum() - Object.entries(counted.names()).reduce((all, [name, size]) => all + (name.includes("/palette-") ? size : 0), 0);
    const editor = own();
    await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    await made(page);
    // A thread's script is loaded beside the page's own network log; the page's own list of resources has it, with its headers
    // taken as 300 bytes.
    const threads = await page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("-worker-")).map(({ name, transferSize }) => [new URL(name).pathname, transferSize]));
    const logged = Object.keys(counted.names()).some((name) => name.includes("-worker-"));
    if (threads.length !== 1 || logged) throw new Error("the thread is not counted once");
    return { editor, preview: own() - editor + threads[0][1], files: { ...counted.names(), ...Object.fromEntries(threads) } };
  },
};

/** A script and all that it imports before it runs: its own text says so. Asked for beside the page, so that it is not counted. */
async function imported(page, address, found = new Set()) {
  const { href, pathname } = new URL(address, page.url());
  if (found.has(pathname)) return found;
  found.add(pathname);
  const text = await (await page.request.get(href)).text();
  for (const [, name] of text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([\w-]+\.js)["']/g)) await imported(page, new URL(name, href).href, found);
  return found;
}

async function count(page) {
  const session = await page.context().newCDPSession(page);
  const names = new Map();
  const bytes = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => names.set(requestId, new URL(request.url).pathname));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => bytes.set(requestId, encodedDataLength));
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: false });
  return {
    sum: () => [...bytes.values()].reduce((all, one) => all + one, 0),
    names: () => Object.fromEntries([...bytes].map(([id, size]) => [`${names.get(id)} ${id}`, size])),
  };
}
