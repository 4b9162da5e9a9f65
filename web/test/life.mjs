// Stories of links that ask for more than themselves, and of links that end while their page is open.
// It must never look into the server; what happens there meanwhile is the caller's doing, who waits for the file of --ready.

import { readFileSync, writeFileSync } from "node:fs";

import { editable, opened, openEditor, state, STORIES as PLAIN, text, typeAtEnd, waitForState } from "./stories.mjs";

const ENDED = '#state:is([data-state="ended"], [data-state="view"])';

export const LIFE = {
  /** A preview looks, a person opens, another browser comes late, the first one reloads and saves. */
  async "one-use"(page, { url, type }) {
    const looked = [];
    for (const method of ["GET", "HEAD"]) looked.push((await fetch(url, { method })).status);
    await page.goto(url);
    const asked = { title: await page.title(), text: await page.locator("main").innerText(), scripts: await page.locator("script").count() };
    await page.getByRole("button", { name: "Open" }).click();
    await opened(page);
    const address = page.url();
    const other = await page.context().browser().newContext();
    const late = await (await other.newPage()).goto(url);
    const refused = late.status();
    await other.close();
    await page.reload();
    await opened(page);
    await PLAIN["edit-and-save"](page, { url: page.url(), type });
    return { looked, asked, same: address === url, refused, state: await state(page) };
  },

  /** A wrong passphrase, then the right one, and the bookmark once more. */
  async passphrase(page, { url, password }) {
    await page.goto(url);
    const field = page.getByLabel("Passphrase");
    const asked = { text: await page.locator("main").innerText(), focused: await field.evaluate((input) => input === document.activeElement) };
    await field.fill("not the passphrase");
    await page.getByRole("button", { name: "Open" }).click();
    const alert = await page.getByRole("alert").innerText();
    await page.getByLabel("Passphrase").fill(password);
    await page.getByRole("button", { name: "Open" }).click();
    await opened(page);
    await page.goto(url);
    await opened(page);
    return { asked, alert, text: await text(page) };
  },

  /** A new link is given a passphrase by who makes it, who goes on at once. */
  async "new-passphrase"(page, { url, password }) {
    await page.goto(url);
    const field = page.getByLabel("A passphrase for the new link");
    const asked = await page.locator("main").innerText();
    await field.fill(password);
    await page.getByRole("button").click();
    await opened(page);
    return { asked, address: page.url(), text: await text(page) };
  },

  /** Types without saving while the link ends or is narrowed elsewhere; the text is downloaded, and offered by another link. */
  async ended(page, { url, other, type, ready, choice }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await page.evaluate(noteEnd, ENDED);
    writeFileSync(ready, "typed");
    await page.locator(ENDED).waitFor();
    const at = await page.evaluate(() => globalThis.endedAt);
    const notice = page.locator("#notice-text");
    await notice.filter({ hasText: /kept|close this window/ }).waitFor();
    const told = { at, state: await state(page), notice: await notice.innerText(), text: await text(page), editable: await editable(page), save: await page.locator("#save").isVisible() };
    if (choice === "look") return told;
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download a copy" }).click();
    const downloaded = readFileSync(await (await coming).path(), "utf8");
    await openEditor(page, other);
    const offer = await notice.filter({ hasText: "never saved" }).innerText();
    const before = await text(page);
    await page.getByRole("button", { name: "Put it in" }).click();
    const put = { before, text: await text(page), state: await state(page) };
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    await page.reload();
    await opened(page);
    return { ...told, downloaded, offer, put, again: await page.locator("#notice").isVisible() };
  },
};

/** In the page: notes the moment at which it says that the link ended, which whoever looks in from outside sees later. */
function noteEnd(ended) {
  const looking = new MutationObserver(() => {
    if (document.querySelector(ended) === null) return;
    globalThis.endedAt = Date.now();
    looking.disconnect();
  });
  looking.observe(document.body, { attributes: true, attributeFilter: ["data-state"], subtree: true });
}
