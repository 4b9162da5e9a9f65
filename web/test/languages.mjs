// Stories of readers who have another language than English.
// It must never compare texts by hand: what it saw is for the caller to judge.

import { readFileSync } from "node:fs";

import { openEditor, state, typeAtEnd, waitForState } from "./stories.mjs";

export const LANGUAGES = {
  /** Opens a file, saves it, and tells what the page said; a language that comes late, or never, holds the file up by nothing. */
  async spoken(page, { url, type, choice }) {
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    let release = () => undefined;
    if (choice === "never" || choice === "late") {
      const held = new Promise((resolve) => (release = resolve));
      await page.route(/\/de-[A-Z0-9]+\.js$/, async (route) => {
        // The file was asked for while the language was not there.
        if (choice === "never") return route.abort();
        await held;
        await route.continue();
      });
    }
    const coming = page.waitForResponse((answer) => new URL(answer.url()).pathname.endsWith("/api/file"));
    const opening = openEditor(page, url);
    await coming;
    release();
    await opening;
    const before = await page.evaluate(() => ({
      lang: document.documentElement.lang,
      direction: document.documentElement.dir,
      words: [...document.querySelectorAll("[data-word]")].map((element) => [element.dataset.word, element.textContent]),
    }));
    await typeAtEnd(page, type);
    const unsaved = await state(page);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    const languages = asked.filter((path) => /\/(de|en)-[A-Z0-9]+\.js$/.test(path)).length;
    return { ...before, unsaved, saved: await state(page), languages };
  },

  /** What the scripts of the start page and of a list of keys say, once a file was asked for. */
  async pages(page, { url, type }) {
    await page.goto(new URL(type, url).href);
    await page.goto(url);
    const lang = await page.evaluate(() => document.documentElement.lang);
    await page.locator("#filter").fill("nothing is called so");
    await page.locator("#found:not([hidden])").waitFor({ state: "attached" });
    await page.waitForFunction(() => /[.]$/.test(document.getElementById("listed").textContent));
    const nothing = await page.locator("#listed").innerText();
    await page.goto(new URL("keys", url).href);
    await page.locator("#all").check();
    const count = await page.locator("#count").innerText();
    return { lang, nothing, count, times: await page.locator("td time").allInnerTexts() };
  },

  /** Texts of the template that no language can change: those in no element with a word, but for what the server puts in. */
  async wordless(page) {
    const template = readFileSync(new URL("../templates/editor.html", import.meta.url), "utf8");
    const found = await page.evaluate((html) => {
      const parsed = new DOMParser().parseFromString(html, "text/html");
      // What stands there without a script stays as it is.
      for (const dead of parsed.querySelectorAll("noscript, title, script")) dead.remove();
      const says = (text) => /\p{Letter}/u.test(text.replace(/\{[{%#].*?[}%#]\}/g, ""));
      const texts = [];
      const walker = parsed.createTreeWalker(parsed.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const { parentElement, textContent } = walker.currentNode;
        if (says(textContent) && !parentElement.hasAttribute("data-word")) texts.push(textContent.trim());
      }
      const named = { title: "data-word-title", "aria-label": "data-word-label", placeholder: "data-word-placeholder", alt: "data-word-alt" };
      for (const [attribute, word] of Object.entries(named)) {
        for (const element of parsed.querySelectorAll(`[${attribute}]:not([${word}])`)) {
          if (says(element.getAttribute(attribute))) texts.push(`${attribute}=${element.getAttribute(attribute)}`);
        }
      }
      return { texts, words: parsed.querySelectorAll("[data-word]").length };
    }, template);
    return found;
  },
};
