// Stories of a save that arrives and whose answer does not: the line is cut behind it, or asked once more by the browser itself.
// It must never look into the server; what happens to the line meanwhile is the caller's doing, step by step by the files beside --ready.

import { dump, meanwhile, nothingLeft, SAVE } from "./never-lost.mjs";
import { openEditor, state, text, typeAtEnd, waitForState } from "./stories.mjs";

const MORE = "and more\n";
const LATER = "and later\n";

export const NEVER_LOST_ANSWER = {
  /** The line is cut when the save has arrived; the author types on, and it is there again. */
  async "answer-cut"(page, { url, type, ready }) {
    const cut = await saving(page, url, type, ready);
    await trying(page);
    await typeAtEnd(page, LATER);
    await meanwhile(ready, "told");
    return { cut, ...(await end(page)) };
  },

  /** Its connection alone breaks: browsers send it once more, on another one. */
  async "answer-dropped"(page, { url, type, ready }) {
    const cut = await saving(page, url, type, ready);
    return { cut, ...(await end(page)) };
  },

  /** The line is cut, and somebody else changes what arrived, in the same place: it is for the author to decide. */
  async "answer-cut-changed"(page, { url, type, ready }) {
    const cut = await saving(page, url, type, ready);
    await trying(page);
    await meanwhile(ready, "told");
    await page.locator("#notice-text", { hasText: "changed elsewhere" }).waitFor();
    const later = { state: await state(page), text: await text(page) };
    await meanwhile(ready, "looked");
    await page.getByRole("button", { name: "Decide", exact: true }).click();
    await page.locator("#places-left", { hasText: /to decide/ }).waitFor();
    await page.getByRole("button", { name: "Keep mine everywhere" }).click();
    return { cut, later, ...(await end(page)) };
  },

  /** The line is cut, the author types on, and the page is closed; it is opened again when the line is back. `choice`: what it says then. */
  async "answer-cut-closed"(page, { url, type, ready, choice }) {
    const cut = await saving(page, url, type, ready);
    await trying(page);
    await typeAtEnd(page, LATER);
    await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent?.includes("and later"));
    await written(page, LATER);
    await page.goto("about:blank");
    await meanwhile(ready, "told");
    await openEditor(page, url);
    await page.locator("#notice-text", { hasText: choice }).waitFor();
    const back = { state: await state(page), text: await text(page) };
    if (choice !== "It is back") return { cut, back };
    await page.keyboard.press(SAVE);
    await page.locator('#state[data-state="unsaved"]').waitFor({ state: "hidden" });
    return { cut, back, ...(await end(page)) };
  },
};

/** Typed, sent to be saved, and typed on while no answer comes; then the line is what the caller makes of it. */
async function saving(page, url, type, ready) {
  await openEditor(page, url);
  await typeAtEnd(page, type);
  await meanwhile(ready, "typed");
  await page.keyboard.press(SAVE);
  await waitForState(page, "saving");
  await typeAtEnd(page, MORE);
  const told = { state: await state(page), text: await text(page) };
  await written(page, MORE);
  await meanwhile(ready, "saving");
  return told;
}

/** The page says that it tries again by itself. */
async function trying(page) {
  await page.locator("#notice-note", { hasText: /Trying again in \d+ s\.|as soon as/ }).waitFor();
}

/** What was typed is written down in this browser. */
async function written(page, typed) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) if (JSON.stringify(await dump(page)).includes(typed.trim())) return;
  throw new Error(`not written down: ${typed}`);
}

async function end(page) {
  await waitForState(page, "saved");
  const asked = await page.locator("dialog[open]").count();
  return { asked, text: await text(page), left: await nothingLeft(page) };
}
