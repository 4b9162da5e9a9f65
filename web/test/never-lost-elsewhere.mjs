// Stories of text that is not saved while its file changes elsewhere at the worst moment: a browser killed right behind a merge,
// and a file that goes, or becomes another, while a save is under way.
// It must never look into the server; what happens there meanwhile is the caller's doing, step by step by the files beside --ready.

import { contents, dump, meanwhile, nothingLeft, said, SAVE, toEnd, visited } from "./never-lost.mjs";
import { withProfile } from "./own-browser.mjs";
import { openEditor, state, text, typeAtEnd, waitForState } from "./stories.mjs";

const MORE = "and more\n";

export const NEVER_LOST_ELSEWHERE = {
  /**
   * A change from elsewhere is merged into what is not saved, and the browser is killed right behind that. Before the kill
   * another transaction is through, as in `killed`. `choice`: how the page is to say, when it is opened again, what it has kept.
   */
  async "killed-merged"(_, { url, type, ready, choice }) {
    return withProfile(async (start) => {
      const console = [];
      const visit = () => visited(start, url, console);
      const first = await visit();
      await toEnd(first.page);
      await first.page.keyboard.type(type);
      await meanwhile(ready, "typed");
      await notice(first.page, "merged into yours").waitFor();
      const merged = { text: await text(first.page), state: await state(first.page) };
      const { drafts } = await dump(first.page);
      await first.browser.kill();
      await meanwhile(ready, "killed");

      const { page } = await visit();
      await notice(page, choice).waitFor();
      const back = { text: await text(page), state: await state(page) };
      const offered = page.getByRole("button", { name: "Put it in" });
      if (await offered.isVisible()) {
        await offered.click();
        await notice(page, "places that you changed too").waitFor();
        back.put = { text: await text(page), state: await state(page) };
        await page.getByRole("button", { name: "Decide" }).click();
        await keepMine(page);
      } else {
        await page.keyboard.press(SAVE);
      }
      await waitForState(page, "saved");
      return { merged, drafts: drafts.length, back, text: await text(page), left: await nothingLeft(page), own: console };
    });
  },

  /** A save is under way when the file is deleted, and its answer says so: it can be had, left for later, and made again. */
  async "saving-deleted"(page, { url, type, ready }) {
    const saving = await underWay(page, url, type, ready);
    const told = await put(page, /deleted while you were editing/);
    await page.getByRole("button", { name: "Decide later" }).click();
    const later = await looked(page, "deleted elsewhere");
    await meanwhile(ready, "looked");
    await page.locator("#notice").getByRole("button", { name: "Make it again" }).click();
    await dialog(page).getByRole("button", { name: "Make it again" }).click();
    return { saving, ...told, later, ...(await end(page)) };
  },

  /** The same where no answer comes at all and the server is another one by then: it is tried again by itself, and nobody is asked. */
  async "saving-deleted-unanswered"(page, { url, type, ready }) {
    const saving = await underWay(page, url, type, ready);
    await page.locator("#notice-note", { hasText: /Trying again in \d+ s\./ }).waitFor();
    said(ready, "told");
    const later = await looked(page, "deleted elsewhere");
    const asked = await page.locator("dialog[open]").count();
    await meanwhile(ready, "looked");
    await page.keyboard.press(SAVE);
    const told = await put(page, /deleted while you were editing/);
    await dialog(page).getByRole("button", { name: "Make it again" }).click();
    return { saving, asked, later, ...told, ...(await end(page)) };
  },

  /** A save is under way when the file becomes another at other places: both are in it, what was typed meanwhile too. */
  async "saving-replaced"(page, { url, type, ready }) {
    const saving = await underWay(page, url, type, ready);
    await notice(page, "all of it is saved").waitFor();
    const asked = await page.locator("dialog[open]").count();
    return { saving, asked, ...(await end(page)) };
  },

  /** The same at the same places: the save overwrites nothing, and each place is decided, later and then. */
  async "saving-contested"(page, { url, type, ready }) {
    const saving = await underWay(page, url, type, ready);
    const told = await put(page, /in places that you changed too/);
    await page.getByRole("button", { name: "Decide later" }).click();
    const later = await looked(page, "in places that you changed too");
    await meanwhile(ready, "looked");
    await page.locator("#notice").getByRole("button", { name: "Decide" }).click();
    await keepMine(page);
    return { saving, ...told, later, ...(await end(page)) };
  },

  /** A save arrives and its answer is lost; then the file becomes another that goes on from what arrived. */
  async "saving-arrived"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    const address = new URL("api/file", url).href;
    let lost = false;
    await page.route(address, async (route) => {
      if (lost || route.request().method() !== "PUT") return route.continue();
      lost = true;
      await route.fetch();
      await meanwhile(ready, "arrived");
      return route.abort("connectionreset");
    });
    await page.keyboard.press(SAVE);
    await waitForState(page, "saving");
    await typeAtEnd(page, MORE);
    said(ready, "saving");
    const later = await looked(page, "changed elsewhere");
    await page.getByRole("button", { name: "Decide" }).click();
    await keepMine(page);
    return { later, ...(await end(page)) };
  },
};

/** Typed, asked to be saved while the server stands still, and typed on; then what happens on the disk has happened. */
async function underWay(page, url, type, ready) {
  await openEditor(page, url);
  await typeAtEnd(page, type);
  await meanwhile(ready, "typed");
  await page.keyboard.press(SAVE);
  await waitForState(page, "saving");
  await typeAtEnd(page, MORE);
  const told = { state: await state(page), text: await text(page), kept: JSON.stringify(await dump(page)).includes(MORE.trim()) };
  await meanwhile(ready, "saving");
  return told;
}

/** What the page asks, and what can be downloaded while it asks. */
async function put(page, question) {
  await dialog(page).filter({ hasText: question }).waitFor();
  const asked = { title: await page.locator("#conflict-title").innerText(), state: await state(page), text: await text(page) };
  const coming = page.waitForEvent("download");
  await dialog(page).getByRole("button", { name: "Download mine" }).click();
  return { question: asked, downloaded: await contents(await coming) };
}

/** What the page says where nothing was decided. */
async function looked(page, part) {
  await notice(page, part).waitFor();
  return { notice: await page.locator("#notice-text").innerText(), state: await state(page), text: await text(page) };
}

async function end(page) {
  await waitForState(page, "saved");
  return { text: await text(page), left: await nothingLeft(page) };
}

/** In the merge view: what is mine at each place. */
async function keepMine(page) {
  const left = page.locator("#places-left");
  await left.filter({ hasText: /to decide/ }).waitFor();
  while (!/Every place/.test(await left.innerText())) await page.locator(".cm-chunkButtons").first().getByRole("button", { name: "Keep mine" }).click();
  await page.getByRole("button", { name: "Save as decided" }).click();
}

function dialog(page) {
  return page.locator("dialog[open]");
}

function notice(page, part) {
  return page.locator("#notice-text", { hasText: part });
}
