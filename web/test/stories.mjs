// What a person does in the browser, told as short stories that return what they saw.
// It must never look into the server: the file on the disk is for the caller to check.

import { MANAGE } from "./manage.mjs";

/** The text lines as CodeMirror shows them; enough for the short files of tests. */
const TEXT = ".text .cm-content";

export const STORIES = {
  ...MANAGE,

  /** Opens an address: the answer's status, the title, and the text of the page's main part. */
  async open(page, { url }) {
    const answer = await page.goto(url);
    if ((await page.locator("#state").count()) > 0) await opened(page);
    return { status: answer.status(), title: await page.title(), text: await page.locator("main").innerText() };
  },

  /** Opens a file in the editor and tells its state and text. */
  async read(page, { url }) {
    const status = await openEditor(page, url);
    return { status, title: await page.title(), state: await state(page), text: await text(page), editable: await editable(page) };
  },

  /** Opens a file, types at its end, saves with the keyboard, waits until the page says that it is saved. */
  async "edit-and-save"(page, { url, type }) {
    const status = await openEditor(page, url);
    await typeAtEnd(page, type);
    const unsaved = { title: await page.title(), state: await state(page) };
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { status, title: await page.title(), unsaved, state: await state(page) };
  },

  /** Opens a file, types without saving, and tells whether leaving is warned about. */
  async leave(page, { url, type }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    const asked = page.waitForEvent("dialog").then(async (dialog) => {
      await dialog.accept();
      return dialog.type();
    });
    const [warned] = await Promise.all([asked, page.close({ runBeforeUnload: true })]);
    return { warned };
  },

  /** Comes to the sign-in page by a link, gives a wrong and then the right password, goes on to the file, and signs out. */
  async "sign-in"(page, { url, user, password }) {
    await page.goto(url);
    const named = (name) => page.locator(`#${name}`).getAttribute("autocomplete");
    const asked = { title: await page.title(), user: await named("user"), password: await named("password"), scripts: await page.locator("script").count() };
    const status = await signIn(page, user, "not the password");
    const wrong = { status, alert: await page.getByRole("alert").innerText(), kept: await page.getByLabel("Name").inputValue() };
    await signIn(page, user, password);
    await opened(page);
    const openedName = await page.locator(".name").innerText();
    await page.goto(new URL("./", url).href);
    const start = await page.locator(".who").innerText();
    await page.getByRole("link", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    const out = await page.title();
    await page.goto(url);
    return { asked, wrong, opened: openedName, start, out, after: await page.title() };
  },

  /** Two windows on one file: both write at its end, the other saves first, then this one saves and makes its choice. */
  async conflict(page, { url, type, choice }) {
    await openEditor(page, url);
    await typeAtEnd(page, `mine ${type}`);
    const other = await page.context().newPage();
    await STORIES["edit-and-save"](other, { url, type: `other ${type}` });
    await other.close();
    await page.keyboard.press("ControlOrMeta+s");
    await page.locator("dialog[open]").waitFor();
    await page.locator("#difference-panes .cm-chunkButtons").first().waitFor();
    if (choice === "look") return { state: await state(page) };
    const name = { mine: "Keep mine everywhere", theirs: "Take theirs everywhere", later: "Decide later" }[choice];
    await page.getByRole("button", { name }).click();
    await waitForState(page, choice === "later" ? "failed" : "saved");
    return { title: await page.title(), state: await state(page), text: await text(page) };
  },
};

async function signIn(page, user, password) {
  await page.getByLabel("Name").fill(user);
  await page.getByLabel("Password").fill(password);
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Sign in" }).click();
  return (await answer).status();
}

export async function openEditor(page, url) {
  const answer = await page.goto(url);
  if ((await page.locator("#state").count()) === 0) throw new Error(`no editor: ${answer.status()} ${await page.title()}`);
  await opened(page);
  if ((await page.locator(TEXT).count()) === 0) throw new Error(`not opened: ${await page.locator("#notice-text").innerText()}`);
  return answer.status();
}

export async function opened(page) {
  await page.locator('#state:not([data-state="loading"])').waitFor();
}

export async function typeAtEnd(page, typed) {
  await page.locator(TEXT).focus();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.insertText(typed);
}

export function state(page) {
  return page.locator("#state").innerText();
}

export async function waitForState(page, wanted) {
  await page.locator(`#state[data-state="${wanted}"]`).waitFor();
}

/** Once what has changed stands on the screen. */
export async function drawn(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

export async function text(page) {
  const lines = await page.locator(`${TEXT} .cm-line`).allInnerTexts();
  return lines.map((line) => (line === "\n" ? "" : line)).join("\n");
}

export async function editable(page) {
  return (await page.locator(TEXT).getAttribute("contenteditable")) === "true";
}
