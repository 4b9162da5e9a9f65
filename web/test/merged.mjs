// Stories of a file that changes elsewhere while it is open. What happens there is the caller's doing, who waits until the
// file of --ready names the step. It must never look into the server, nor take a text for unchanged before a change was due.

import { writeFileSync } from "node:fs";

import { drawn, openEditor, state, text, typeAtEnd, waitForState } from "./stories.mjs";

const TEXT = ".text .cm-content";
/** Longer than it takes until a change is told and taken up. */
const A_WHILE_MS = 1_600;

export const MERGED = {
  /** Nothing is unsaved: caret, selection and what is in sight stay while lines come, go and change around them. */
  async "taken-up"(page, { url, ready }) {
    await openEditor(page, url);
    await goTo(page, 60);
    await page.keyboard.press("Home");
    for (let time = 0; time < 7; time += 1) await page.keyboard.press("ArrowRight");
    for (let time = 0; time < 4; time += 1) await page.keyboard.press("Shift+ArrowRight");
    const before = await inSight(page);
    writeFileSync(ready, "changed");
    await line(page, "changed below").waitFor();
    const after = await inSight(page);
    const quiet = { notice: await page.locator("#notice").isVisible(), state: await state(page), focused: await focused(page) };
    await page.keyboard.press("End");
    await page.keyboard.insertText("!");
    await page.keyboard.press("ControlOrMeta+z");
    await waitForState(page, "saved");
    await page.keyboard.press("ControlOrMeta+z");
    const undone = { state: await state(page), changed: await line(page, "changed below").count() };
    writeFileSync(ready, "burst");
    await line(page, "the last of the burst").waitFor();
    return { before, after, quiet, undone, end: await state(page) };
  },

  /** Something is unsaved: both are in the text, theirs is marked, undo takes back only one's own, and both are saved. */
  async merged(page, { url, type, ready, shot }) {
    const asked = requests(page);
    await openEditor(page, url);
    await typeAtEnd(page, type);
    writeFileSync(ready, "changed");
    const notice = page.locator("#notice-text");
    await notice.filter({ hasText: "merged into yours" }).waitFor();
    if (shot) await page.screenshot({ path: shot.replace(/(\.png)?$/, "-asked.png") });
    const told = { notice: await notice.innerText(), text: await text(page), marked: await page.locator(".cm-elsewhere").allInnerTexts(), state: await state(page) };
    await page.getByRole("button", { name: "Show" }).click();
    await page.locator(TEXT).focus();
    await page.keyboard.press("ControlOrMeta+z");
    const undone = await text(page);
    await page.keyboard.press("ControlOrMeta+Shift+z");
    const redone = await text(page);
    const before = asked.length;
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    await page.locator(".cm-elsewhere").first().waitFor({ state: "detached" });
    await page.waitForTimeout(A_WHILE_MS);
    return { ...told, undone, redone, end: await text(page), notice2: await page.locator("#notice").isVisible(), fetchedAfterSave: asked.length - before };
  },

  /** What was merged is taken out again by the button of the banner, and put in again by undo. */
  async "taken-out"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    writeFileSync(ready, "changed");
    await page.locator("#notice-text").filter({ hasText: "merged into yours" }).waitFor();
    await typeAtEnd(page, "more\n");
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    const out = await text(page);
    await page.locator(TEXT).focus();
    await page.keyboard.press("ControlOrMeta+z");
    return { out, back: await text(page), state: await state(page) };
  },

  /** Both changed the same places: each is decided in the merge view, the one so and the other so. */
  async decided(page, { url, ready, choice, shot }) {
    await openEditor(page, url);
    for (const [at, mine] of [[2, "mine two"], [8, "mine eight"]]) {
      await goTo(page, at);
      await page.keyboard.press("Home");
      await page.keyboard.press("Shift+End");
      await page.keyboard.insertText(mine);
    }
    writeFileSync(ready, "changed");
    await page.locator("#notice-text").filter({ hasText: "places that you changed too" }).waitFor();
    const banner = { text: await text(page), state: await state(page), dialog: await page.locator("dialog[open]").count() };
    await page.getByRole("button", { name: "Decide" }).click();
    const left = page.locator("#places-left");
    await left.filter({ hasText: "2 places" }).waitFor();
    if (shot) await page.screenshot({ path: shot.replace(/(\.png)?$/, "-asked.png") });
    const save = page.getByRole("button", { name: "Save as decided" });
    const early = await save.isDisabled();
    await page.locator(".cm-chunkButtons").first().getByRole("button", { name: "Take theirs" }).click();
    await left.filter({ hasText: "1 place" }).waitFor();
    await page.locator(".cm-chunkButtons").first().getByRole("button", { name: "Keep mine" }).click();
    await left.filter({ hasText: "Every place" }).waitFor();
    if (choice === "again") {
      writeFileSync(ready, "again");
      await page.waitForTimeout(A_WHILE_MS);
    }
    await save.click();
    await waitForState(page, "saved");
    return { banner, early, text: await text(page), notice: await page.locator("#notice").isVisible() };
  },

  /** The server tells nothing, so the save finds out: what can be merged is merged and saved. */
  async "found-out"(page, { url, type, ready }) {
    await page.route("**/api/file/events", (route) => route.abort());
    await openEditor(page, url);
    await typeAtEnd(page, type);
    writeFileSync(ready, "changed");
    await page.waitForTimeout(A_WHILE_MS);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { notice: await said(page.locator("#notice-text"), "all of it is saved"), text: await text(page), dialog: await page.locator("dialog[open]").count() };
  },

  /** Somebody composes a character while the file changes: it is taken up when the character is there. */
  async composing(page, { url, ready }) {
    await openEditor(page, url);
    await page.locator(TEXT).focus();
    await page.keyboard.press("ControlOrMeta+End");
    const tools = await page.context().newCDPSession(page);
    await tools.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
    writeFileSync(ready, "changed");
    await page.waitForTimeout(A_WHILE_MS);
    const meanwhile = await text(page);
    await tools.send("Input.insertText", { text: "日本" });
    await line(page, "from elsewhere").waitFor();
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { meanwhile, text: await text(page) };
  },

  /** The file goes, comes back, becomes what is no text, and a text again; nothing is unsaved. */
  async kinds(page, { url, ready }) {
    await openEditor(page, url);
    const told = {};
    const notice = page.locator("#notice-text");
    writeFileSync(ready, "deleted");
    told.gone = await said(notice, "deleted elsewhere");
    told.kept = { text: await text(page), state: await state(page) };
    writeFileSync(ready, "back");
    await line(page, "back again").waitFor();
    told.back = { notice: await page.locator("#notice").isVisible(), state: await state(page) };
    writeFileSync(ready, "binary");
    told.binary = await said(page.locator(".instead"), "not text");
    writeFileSync(ready, "utf-16");
    await page.locator("#encoding").filter({ hasText: "UTF-16" }).waitFor();
    told.utf16 = { facts: await page.locator("#encoding").innerText(), text: await text(page), notice: await page.locator("#notice").isVisible() };
    writeFileSync(ready, "large");
    told.large = await said(page.locator(".instead"), "file is large");
    told.left = await page.locator("#save").isVisible();
    writeFileSync(ready, "small");
    await line(page, "small again").waitFor();
    await typeAtEnd(page, "and edited\n");
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return told;
  },

  /** The same while something is unsaved: it stays, and each says what is. */
  async "kinds-unsaved"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    const told = {};
    const notice = page.locator("#notice-text");
    writeFileSync(ready, "large");
    told.large = await said(notice, "larger than the server");
    writeFileSync(ready, "binary");
    told.binary = await said(notice, "cannot be merged");
    writeFileSync(ready, "deleted");
    told.gone = await said(notice, "deleted elsewhere");
    told.text = await text(page);
    await page.getByRole("button", { name: "Make it again" }).click();
    await page.locator("dialog[open]").getByRole("button", { name: "Make it again" }).click();
    await waitForState(page, "saved");
    return told;
  },

  /** Who may only view sees the file as it becomes. */
  async viewed(page, { url, ready }) {
    await openEditor(page, url);
    writeFileSync(ready, "changed");
    await line(page, "from elsewhere").waitFor();
    const coming = page.waitForEvent("download");
    await page.keyboard.press("F1");
    await page.keyboard.type("Download");
    await page.getByRole("option", { name: "Download" }).first().click();
    const stream = await (await coming).createReadStream();
    const pieces = [];
    for await (const piece of stream) pieces.push(piece);
    return { text: await text(page), state: await state(page), others: await page.locator("#others").isVisible(), downloaded: Buffer.concat(pieces).toString() };
  },

  /** Two browsers and the disk write at once, each at its own places; all is saved, and all show the same at the end. */
  async converging(page, { url, other, ready }) {
    const context = await page.context().browser().newContext();
    const second = await context.newPage();
    await openEditor(page, url);
    await openEditor(second, other);
    await page.locator("#others").filter({ hasText: "1 other has this open" }).waitFor();
    const presence = [await page.locator("#others").innerText(), await second.locator("#others").innerText()];
    for (let round = 0; round < 6; round += 1) {
      writeFileSync(ready, `round ${round}`);
      await Promise.all([write(page, 5, `first ${round}`), write(second, 15, `second ${round}`)]);
    }
    writeFileSync(ready, "written");
    // Each says that it is saved, and shows what the others wrote last.
    for (const [each, own] of [[page, "second 5"], [second, "first 5"]]) {
      await line(each, own).waitFor();
      await line(each, "disk 5").waitFor();
      await waitForState(each, "saved");
    }
    const texts = [await text(page), await text(second)];
    await context.close();
    await page.locator("#others").waitFor({ state: "hidden" });
    return { presence, texts };
  },
};

/** Writes a line of its own below that line, and saves. */
async function write(page, at, typed) {
  await page.locator(TEXT).focus();
  await goTo(page, `line ${at} `);
  await page.keyboard.press("End");
  await page.keyboard.insertText(`\n${typed}`);
  await page.keyboard.press("ControlOrMeta+s");
  await waitForState(page, "saved");
}

/** Puts the caret into a line, by its number or by how it begins. */
async function goTo(page, at) {
  await page.locator(TEXT).focus();
  if (typeof at === "string") {
    await page.locator(`${TEXT} .cm-line`).filter({ hasText: at }).first().click();
    return;
  }
  await page.keyboard.press("ControlOrMeta+Home");
  for (let number = 1; number < at; number += 1) await page.keyboard.press("ArrowDown");
}

function line(page, holding) {
  return page.locator(`${TEXT} .cm-line`).filter({ hasText: holding }).first();
}

async function said(notice, part) {
  await notice.filter({ hasText: part }).waitFor();
  return notice.innerText();
}

/** What is selected, and where on the screen its line stands: as a person sees it, once what changed has been drawn. */
async function inSight(page) {
  await drawn(page);
  return page.evaluate(() => {
    const selection = getSelection();
    const at = selection.getRangeAt(0).getBoundingClientRect();
    return { selected: selection.toString(), line: selection.anchorNode.parentElement.closest(".cm-line").textContent, top: Math.round(at.top) };
  });
}

function focused(page) {
  return page.locator(TEXT).evaluate((content) => content === document.activeElement);
}

/** How often the file was fetched, as it grows. */
function requests(page) {
  const asked = [];
  page.on("request", (request) => {
    if (request.method() === "GET" && new URL(request.url()).pathname.endsWith("/api/file")) asked.push(request.url().split("?")[0]);
  });
  return asked;
}
