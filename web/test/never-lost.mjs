// Stories of text that is not saved yet: crashes, cuts, full disks, closed tabs, and what this browser keeps meanwhile.
// It must never look into the server; what happens there meanwhile is the caller's doing, step by step by the files beside --ready.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { awaited, withProfile } from "./own-browser.mjs";
import { opened, openEditor, state, text, typeAtEnd, waitForState } from "./stories.mjs";
import { watch } from "./visit.mjs";

export const SAVE = "ControlOrMeta+s";

export const NEVER_LOST = {
  /**
   * The browser is killed right behind the last key, and then in the midst of typing; each time the text is back.
   * Before each kill another transaction is through: on a busy machine a key may still be on its way to the browser's own process.
   */
  async killed(_, { url, type }) {
    return withProfile(async (start) => {
      const console = [];
      const visit = () => visited(start, url, console);
      const first = await visit();
      await toEnd(first.page);
      await first.page.keyboard.type(type);
      await dump(first.page);
      await first.browser.kill();

      const second = await visit();
      await second.page.locator("#notice-text", { hasText: "It is back" }).waitFor();
      const back = { text: await text(second.page), state: await state(second.page) };
      await toEnd(second.page);
      let typed = 0;
      const typing = (async () => {
        for (const key of Array.from({ length: 5_000 }, (_, at) => String(at % 10))) {
          await second.page.keyboard.press(key);
          typed += 1;
        }
      })().catch(() => undefined);
      await awaited(() => typed >= 80);
      const acknowledged = typed;
      await dump(second.page);
      await second.browser.kill();
      await typing;

      const third = await visit();
      await third.page.locator("#notice-text", { hasText: "It is back" }).waitFor();
      const midst = { acknowledged, text: await text(third.page) };
      const kept = await dump(third.page);
      await third.page.keyboard.press(SAVE);
      await waitForState(third.page, "saved");
      const saved = { text: await text(third.page), notice: await third.page.locator("#notice").isVisible(), left: await nothingLeft(third.page) };
      return { back, midst, kept, saved, own: console };
    });
  },

  /** A save is on its way when the server goes; it comes back, and the text is saved without anybody's doing. */
  async "server-gone"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await meanwhile(ready, "typed");
    await page.keyboard.press(SAVE);
    await waitForState(page, "saving");
    await typeAtEnd(page, "and more\n");
    await said(ready, "saving");
    const note = page.locator("#notice-note", { hasText: /Trying again in \d+ s\./ });
    await note.waitFor();
    const failed = { state: await state(page), notice: await page.locator("#notice").innerText(), note: await note.innerText(), kept: JSON.stringify(await dump(page)).includes("and more") };
    await said(ready, "told");
    await waitForState(page, "saved");
    return { failing: failed, state: await state(page), text: await text(page), left: await nothingLeft(page) };
  },

  /** The line is cut and comes back; what was asked to be saved is saved then. */
  async offline(page, { url, type }) {
    await openEditor(page, url);
    const before = await page.locator("#offline").innerText();
    await page.context().setOffline(true);
    await page.locator("#offline", { hasText: "Offline" }).waitFor();
    await typeAtEnd(page, type);
    await page.keyboard.press(SAVE);
    await page.locator("#notice-note", { hasText: "as soon as you are online" }).waitFor();
    const cut = { state: await state(page), notice: await page.locator("#notice").innerText(), kept: JSON.stringify(await dump(page)) };
    await page.context().setOffline(false);
    await waitForState(page, "saved");
    return { before, cut, after: await page.locator("#offline").isVisible(), text: await text(page), left: await nothingLeft(page) };
  },

  /** The disk is full, and has room again after somebody saw to it. */
  async "full-disk"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await meanwhile(ready, "typed");
    await page.keyboard.press(SAVE);
    await page.locator("#notice-note", { hasText: /Trying again in \d+ s\./ }).waitFor();
    const full = { state: await state(page), notice: await page.locator("#notice").innerText(), text: await text(page) };
    await meanwhile(ready, "full");
    await page.getByRole("button", { name: "Try now" }).click();
    await waitForState(page, "saved");
    return { full, notice: await page.locator("#notice").isVisible(), left: await nothingLeft(page) };
  },

  /** Reloaded with unsaved text: it is back; undo takes it out and redo brings it in; thrown away, it is gone for good. */
  async reload(page, { url, type }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await kept(page);
    await page.reload();
    await opened(page);
    const notice = page.locator("#notice-text", { hasText: "It is back" });
    await notice.waitFor();
    const back = { text: await text(page), state: await state(page), notice: await page.locator("#notice").innerText() };
    await page.locator(".cm-content").focus();
    await page.keyboard.press("ControlOrMeta+z");
    await waitForState(page, "saved");
    const undone = await text(page);
    await page.keyboard.press("ControlOrMeta+Shift+z");
    await waitForState(page, "unsaved");
    const redone = await text(page);
    await kept(page);
    await page.reload();
    await notice.waitFor();
    await page.getByRole("button", { name: "Throw it away" }).click();
    await waitForState(page, "saved");
    const thrown = await text(page);
    const left = await nothingLeft(page);
    await page.reload();
    await opened(page);
    return { back, undone, redone, thrown, left, again: await page.locator("#notice").isVisible() };
  },

  /** Two tabs of one bookmark: each says so, each keeps its own; the draft of a closed one comes back, that of an open one is left alone. */
  async tabs(page, { url, type }) {
    await openEditor(page, url);
    const other = await page.context().newPage();
    await openEditor(other, url);
    const also = [page, other].map((one) => one.locator("#also", { hasText: "Also open in another tab" }));
    for (const one of also) await one.waitFor();
    await typeAtEnd(page, `one ${type}`);
    await typeAtEnd(other, `two ${type}`);
    for (const one of [page, other]) await kept(one);
    const both = { stored: (await dump(page)).drafts.length, one: await text(page), two: await text(other) };
    await other.close();
    await also[0].waitFor({ state: "hidden" });
    const third = await page.context().newPage();
    await openEditor(third, url);
    await third.locator("#notice-text", { hasText: "It is back" }).waitFor();
    const back = await text(third);
    await third.keyboard.press(SAVE);
    await waitForState(third, "saved");
    const mine = { text: await text(page), state: await state(page), stored: (await dump(page)).drafts.length, offered: await third.locator("#notice").isVisible() };
    await page.locator(".cm-content").focus();
    await page.keyboard.press("ControlOrMeta+z");
    await waitForState(page, "saved");
    const left = await nothingLeft(page);
    await typeAtEnd(third, "three\n");
    await third.keyboard.press(SAVE);
    await waitForState(third, "saved");
    await page.locator(".cm-line", { hasText: "three" }).waitFor();
    const taken = { text: await text(page), state: await state(page) };

    for (const [one, typed] of [[page, "four\n"], [third, "five\n"]]) {
      await typeAtEnd(one, typed);
      await kept(one);
      await one.goto("about:blank");
    }
    await openEditor(page, url);
    const notice = page.locator("#notice-text");
    await notice.filter({ hasText: "It is back" }).waitFor();
    const newest = await text(page);
    await page.keyboard.press(SAVE);
    await notice.filter({ hasText: "never saved, from" }).waitFor();
    const older = await text(page);
    await page.getByRole("button", { name: "Throw it away" }).click();
    return { both, back, mine, left, taken, newest, older, end: await nothingLeft(page) };
  },

  /** A browser that keeps nothing says so, once, and warns before the window is closed. */
  async "storage-refused"(page, { url, type }) {
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException("no storage here", "SecurityError");
      };
    });
    await openEditor(page, url);
    const quiet = await page.locator("#notice").isVisible();
    await typeAtEnd(page, type);
    const notice = page.locator("#notice-text", { hasText: "keeps nothing" });
    await notice.waitFor();
    const told = await notice.innerText();
    await page.keyboard.press(SAVE);
    await waitForState(page, "saved");
    await typeAtEnd(page, type);
    await waitForState(page, "unsaved");
    const again = await page.locator("#notice").isVisible();
    return { quiet, told, again, fact: await page.locator("#kept").isVisible(), warned: await leave(page) };
  },

  /** Forgotten on this device: nothing is left or kept from then on, in each tab of the file; the window warns. */
  async forget(page, { url, type }) {
    await openEditor(page, url);
    const other = await page.context().newPage();
    await openEditor(other, url);
    await typeAtEnd(other, "other\n");
    await kept(other);
    await typeAtEnd(page, type);
    await kept(page);
    await page.getByRole("button", { name: "Kept in this browser" }).click();
    await page.getByRole("button", { name: "Forget on this device" }).click();
    for (const one of [page, other]) await one.locator("#notice-text", { hasText: "Nothing of this file is kept" }).waitFor();
    const left = await nothingLeft(page);
    await typeAtEnd(page, "still typed\n");
    await typeAtEnd(other, "still typed\n");
    await waitForState(page, "unsaved");
    const after = await nothingLeft(page);
    const before = await text(page);
    const warned = await leave(page);
    await openEditor(other, url);
    return { left, after, before, warned, text: await text(other), notice: await other.locator("#notice").isVisible() };
  },

  /** All of all files: the database itself goes, and a tab of another file is told. */
  async "forget-all"(page, { url, other: elsewhere, type }) {
    await openEditor(page, url);
    const other = await page.context().newPage();
    await openEditor(other, elsewhere);
    for (const one of [page, other]) await typeAtEnd(one, type);
    for (const one of [page, other]) await kept(one);
    const before = (await dump(page)).drafts.length;
    await page.getByRole("button", { name: "Kept in this browser" }).click();
    await page.getByRole("button", { name: "Forget the unsaved texts of all files" }).click();
    for (const one of [page, other]) await one.locator("#notice-text", { hasText: "Nothing of this file is kept" }).waitFor();
    await page.waitForFunction(async () => (await indexedDB.databases()).length === 0);
    await typeAtEnd(other, "still typed\n");
    return { before, databases: await page.evaluate(async () => (await indexedDB.databases()).length), text: await text(other) };
  },

  /** What was typed in a tab that was closed; meanwhile the file changes elsewhere in the text, and holds both. */
  async "changed-elsewhere"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await kept(page);
    await page.goto("about:blank");
    await meanwhile(ready, "closed");
    await openEditor(page, url);
    await page.locator("#notice-text", { hasText: "holds both" }).waitFor();
    const merged = { text: await text(page), state: await state(page) };
    await page.getByRole("button", { name: "Throw it away" }).click();
    await waitForState(page, "saved");
    const thrown = await text(page);
    await page.locator(".cm-content").focus();
    await page.keyboard.press("ControlOrMeta+z");
    await page.keyboard.press(SAVE);
    await page.locator('#state[data-state="unsaved"]').waitFor({ state: "hidden" });
    await waitForState(page, "saved");
    return { merged, thrown, text: await text(page), left: await nothingLeft(page) };
  },

  /** The same where it changes in the same place: it is offered, not put in, and each place is decided. */
  async "changed-since"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await kept(page);
    await page.goto("about:blank");
    await meanwhile(ready, "closed");
    await openEditor(page, url);
    await page.locator("#notice-text", { hasText: "never saved" }).waitFor();
    const offered = { text: await text(page), state: await state(page) };
    await page.getByRole("button", { name: "Put it in" }).click();
    await page.locator("#notice-text", { hasText: "places that you changed too" }).waitFor();
    const put = { text: await text(page), state: await state(page) };
    await page.getByRole("button", { name: "Decide" }).click();
    await page.locator("#places-left", { hasText: "1 place" }).waitFor();
    await page.locator(".cm-chunkButtons").first().getByRole("button", { name: "Keep mine" }).click();
    await page.getByRole("button", { name: "Save as decided" }).click();
    await waitForState(page, "saved");
    return { offered, put, left: await nothingLeft(page) };
  },

  /** The page comes and the file does not: what was written can be had all the same. */
  async "not-loaded"(page, { url, type }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await kept(page);
    const address = new URL("api/file", url).href;
    await page.route(address, (route) => route.abort("connectionreset"));
    await page.reload();
    await waitForState(page, "unreadable");
    await page.locator("#notice-text", { hasText: "never saved" }).waitFor();
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download it" }).click();
    const downloaded = await contents(await coming);
    await page.unroute(address);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("#notice-text", { hasText: "It is back" }).waitFor();
    return { downloaded, text: await text(page) };
  },

  /** A text that a former version of this page kept is offered as before. */
  async "former-version"(page, { url, type }) {
    await openEditor(page, url);
    const ids = await page.locator("#page").evaluate(({ dataset }) => ({ key: dataset.key, file: dataset.file }));
    await page.goto(new URL("assets/none", url).href);
    await page.evaluate(
      async ({ key, file, bytes }) => {
        const outcome = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = reject)));
        await outcome(indexedDB.deleteDatabase("editkey"));
        const asked = indexedDB.open("editkey", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("kept", { keyPath: "key" });
        const database = await outcome(asked);
        await outcome(database.transaction("kept", "readwrite").objectStore("kept").put({ key, file, name: "doc.md", at: Date.now(), bytes: new Uint8Array(bytes) }));
        database.close();
      },
      { ...ids, bytes: [...new TextEncoder().encode(type)] },
    );
    await openEditor(page, url);
    await page.locator("#notice-text", { hasText: "never saved" }).waitFor();
    await page.getByRole("button", { name: "Put it in" }).click();
    const put = await text(page);
    await page.keyboard.press(SAVE);
    await waitForState(page, "saved");
    return { put, left: await nothingLeft(page) };
  },

  /** Saved without being asked: when the typing pauses, and when the window is left, as the reader chose. */
  async autosave(page, { url, type }) {
    await openEditor(page, url);
    const choose = async (autosave) => {
      await page.evaluate((chosen) => localStorage.setItem("editkey.options", JSON.stringify({ autosave: chosen })), autosave);
      await page.reload();
      await opened(page);
    };
    await typeAtEnd(page, type);
    await kept(page);
    await page.locator("#menu").focus();
    const off = await state(page);
    await page.keyboard.press(SAVE);
    await waitForState(page, "saved");
    await choose("pause");
    await typeAtEnd(page, "paused\n");
    const typing = await state(page);
    await waitForState(page, "saved");
    // A text that came back is looked at first.
    await choose("off");
    await typeAtEnd(page, "back\n");
    await kept(page);
    await choose("blur");
    await page.locator("#notice-text", { hasText: "It is back" }).waitFor();
    await page.locator(".cm-content").focus();
    // A save would have begun by the time the focus is elsewhere.
    await page.locator("#menu").focus();
    const back = await state(page);
    await page.getByRole("button", { name: "Throw it away" }).click();
    await waitForState(page, "saved");
    await typeAtEnd(page, "left\n");
    await waitForState(page, "unsaved");
    await page.locator("#menu").focus();
    await waitForState(page, "saved");
    return { off, typing, back, text: await text(page), left: await nothingLeft(page) };
  },
};

export async function toEnd(page) {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+End");
}

/** The page says that what is not saved is kept. */
async function kept(page) {
  await page.locator("#kept:not([hidden])").waitFor();
}

/** Tells the caller that the story has come so far. */
export function said(ready, step) {
  writeFileSync(`${ready}.${step}`, "");
}

/** The same, and waits until the caller has done what belongs there. */
export async function meanwhile(ready, step) {
  said(ready, step);
  await awaited(() => existsSync(`${ready}.${step}.done`));
}

/** All that the origin keeps in this browser. */
export async function dump(page) {
  return page.evaluate(async () => {
    const outcome = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = reject)));
    const kept = { drafts: [], changes: [], local: { ...localStorage }, session: { ...sessionStorage } };
    for (const { name } of await indexedDB.databases()) {
      const database = await outcome(indexedDB.open(name));
      for (const store of database.objectStoreNames) kept[store] = await outcome(database.transaction(store).objectStore(store).getAll());
      database.close();
    }
    return kept;
  });
}

/** Waits until no draft and no change of one is there. */
export async function nothingLeft(page) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const { drafts, changes } = await dump(page);
    if (drafts.length + changes.length === 0) return true;
  }
  return false;
}

async function leave(page) {
  const asked = page.waitForEvent("dialog").then(async (dialog) => {
    await dialog.accept();
    return dialog.type();
  });
  const [warned] = await Promise.all([asked, page.close({ runBeforeUnload: true })]);
  return warned;
}

export async function contents(download) {
  return readFileSync(await download.path(), "utf8");
}

/** The page, opened in a browser of its own on the same profile. */
export async function visited(start, url, console) {
  const browser = await start();
  const page = await browser.page();
  watch(page, console, []);
  await openEditor(page, url);
  return { browser, page };
}
