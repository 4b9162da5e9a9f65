// Stories of the tools: found by name, by key and by hand, in a text and in what is no text.
// It must never look into the server; which bytes a save left is the caller's to check.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { editable, opened, openEditor, state, text, typeAtEnd, waitForState } from "./stories.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

export const TOOLS = {
  /** The list of commands by button and by key, narrowed by a few letters; the keyboard help; the focus comes back. */
  async palette(page, { url }) {
    await openEditor(page, url);
    await page.locator("#menu").click();
    const field = page.getByRole("combobox");
    await field.waitFor();
    const all = await page.getByRole("option").allInnerTexts();
    const groups = await page.locator(".palette [role=group]").count();
    await page.keyboard.press("ArrowDown");
    const second = await page.locator('[aria-selected="true"]').getAttribute("id");
    const active = await field.getAttribute("aria-activedescendant");
    await page.keyboard.type("kybd");
    const found = await page.getByRole("option").allInnerTexts();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    const help = await page.locator(".help tr").allInnerTexts();
    await page.keyboard.press("Escape");
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("F1");
    await field.waitFor();
    await page.keyboard.type("zzzz");
    const none = await page.getByRole("status").filter({ hasText: "Nothing" }).count();
    await page.keyboard.press("Escape");
    const back = await page.locator(".text .cm-content").evaluate((content) => content === document.activeElement);
    return { all, groups, same: second === active, found, help, none, back, width: await sideways(page) };
  },

  /** Find and replace with a regular expression, by keyboard from anywhere in the page; saved. */
  async "find-replace"(page, { url }) {
    await openEditor(page, url);
    await page.locator("#menu").focus();
    await page.keyboard.press("ControlOrMeta+f");
    const find = page.getByRole("textbox", { name: "Find" });
    await find.fill("(\\w+)@(\\w+)");
    await page.getByLabel("Regular expression").check();
    await page.getByRole("textbox", { name: "Replace by" }).fill("$2 has $1");
    const outside = await page.locator(".cm-search").evaluate((panel) => [...panel.querySelectorAll("input, button")].filter((each) => each.getBoundingClientRect().right > innerWidth).length);
    const width = await sideways(page);
    await page.getByRole("button", { name: "Replace all" }).click();
    await page.keyboard.press("Escape");
    const replaced = await text(page);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { replaced, outside, width };
  },

  /** Lines named by the address, at first and later; a link to a line is made; go to line by its panel. */
  async lines(page, { url }) {
    await openEditor(page, `${url}#L40-L42`);
    const place = page.locator("#place");
    await place.filter({ hasText: "Line 42" }).waitFor();
    const selected = await page.evaluate(() => getSelection().toString());
    await page.evaluate(() => (location.hash = "#L90"));
    await place.filter({ hasText: "Line 90" }).waitFor();
    const inView = await page.locator(".cm-activeLine").isVisible();
    await place.click();
    await page.getByRole("textbox", { name: "Go to line" }).fill("7");
    await page.keyboard.press("Enter");
    await place.filter({ hasText: "Line 7," }).waitFor();
    await run(page, "Put this line into the address");
    const address = page.url();
    return { selected, inView, address, key: new URL(address).searchParams.has("accesskey") };
  },

  /** Words and characters, of all and of what is selected, while typing. */
  async counts(page, { url }) {
    await openEditor(page, url);
    const counts = page.locator("#counts");
    await counts.filter({ hasText: "2 words" }).waitFor();
    await typeAtEnd(page, "and three more\n");
    await counts.filter({ hasText: "5 words" }).waitFor();
    await page.keyboard.press("ControlOrMeta+a");
    await counts.filter({ hasText: "selected" }).waitFor();
    return { selected: await counts.evaluate((shown) => shown.textContent) };
  },

  /** Options are in force at once, outlive the page, and Vim's keys save and say how to close. */
  async options(page, { url }) {
    await openEditor(page, url);
    const content = page.locator(".text .cm-content");
    const seen = () => content.evaluate((at) => ({ wrap: at.classList.contains("cm-lineWrapping"), spelling: at.getAttribute("spellcheck"), size: getComputedStyle(at).fontSize, tab: getComputedStyle(at).tabSize }));
    const before = await seen();
    await run(page, "Options");
    await page.getByLabel("Wrap long lines").selectOption("off");
    await page.getByLabel("Check spelling").selectOption("on");
    await page.getByLabel("Letters").selectOption("20");
    await page.getByLabel("Indentation and tabs").selectOption("8");
    await page.getByLabel("Keys").selectOption("vim");
    await page.keyboard.press("Escape");
    const after = await seen();
    await page.reload();
    await opened(page);
    await page.locator(".cm-vimMode").waitFor();
    const again = await seen();
    await content.focus();
    await page.keyboard.type("Goby vim");
    await page.keyboard.press("Escape");
    await page.keyboard.type(":w");
    await page.keyboard.press("Enter");
    await waitForState(page, "saved");
    await page.keyboard.type(":q");
    await page.keyboard.press("Enter");
    const quit = await page.locator("#notice-text").innerText();
    const stored = await page.evaluate(() => Object.keys(localStorage));
    return { before, after, again, quit, text: await text(page), stored };
  },

  /** Several carets, a comment, folding, a moved line: by the keys that the list names. */
  async carets(page, { url }) {
    await openEditor(page, url);
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.press("ControlOrMeta+Alt+ArrowDown");
    await page.keyboard.press("ControlOrMeta+Alt+ArrowDown");
    await page.keyboard.type("x");
    const carets = await text(page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Alt+ArrowUp");
    const moved = await text(page);
    // There is something to fold once the language has come.
    await page.locator(".cm-foldGutter span[title]:visible").first().waitFor();
    const folds = page.locator(".cm-foldPlaceholder");
    await run(page, "Fold everything");
    await folds.first().waitFor();
    const folded = await folds.count();
    await run(page, "Unfold everything");
    await folds.first().waitFor({ state: "detached" });
    return { carets, moved, folded, unfolded: await folds.count() };
  },

  /** A text of an old encoding is read as it is said to be, edited, and saved in it; what it cannot hold goes to UTF-8. */
  async latin(page, { url, type, choice }) {
    await openEditor(page, url);
    const asked = { notice: await page.locator("#notice-text").innerText(), editable: await editable(page) };
    if (choice === "windows-1252") await page.getByRole("button", { name: "Edit as Western" }).click();
    else await readAs(page, choice);
    await page.locator('.text .cm-content[contenteditable="true"]').waitFor();
    const read = { text: await text(page), encoding: await page.locator("#encoding").innerText() };
    await typeAtEnd(page, type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { asked, read };
  },

  /** A character that the encoding has not is never saved as another one. */
  async unfit(page, { url, type }) {
    await openEditor(page, url);
    await page.getByRole("button", { name: "Edit as Western" }).click();
    await page.locator('.text .cm-content[contenteditable="true"]').waitFor();
    await typeAtEnd(page, type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "failed");
    const notice = await page.locator("#notice-text").innerText();
    await page.getByRole("button", { name: "Save as UTF-8" }).click();
    await waitForState(page, "saved");
    return { notice, encoding: await page.locator("#encoding").innerText() };
  },

  /** What is only read is converted to be edited. */
  async convert(page, { url, type, choice }) {
    await openEditor(page, url);
    await readAs(page, choice);
    await page.locator("#encoding").filter({ hasNotText: "Not text" }).waitFor();
    const read = { text: await text(page), editable: await editable(page) };
    await page.getByRole("button", { name: "Convert to UTF-8 and edit" }).click();
    await page.locator('.text .cm-content[contenteditable="true"]').waitFor();
    const unsaved = await state(page);
    await typeAtEnd(page, type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { read, unsaved };
  },

  /** The footer's buttons: other line ends, another Unicode encoding; saved. */
  async formats(page, { url, choice }) {
    await openEditor(page, url);
    const before = await page.locator("#ends").innerText();
    await page.locator("#ends").click();
    await page.getByRole("button", { name: "CRLF" }).click();
    await waitForState(page, "unsaved");
    if (choice !== "mine") {
      await page.locator("#encoding").click();
      await page.getByLabel("Save the file as").selectOption(choice);
      await page.getByLabel("With a byte order mark").check();
      await page.getByRole("button", { name: "Convert" }).click();
    }
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { before, after: await page.locator("#ends").innerText(), encoding: await page.locator("#encoding").innerText(), text: await text(page) };
  },

  /** Reverting asks, and undo takes it back; the whole text is printed. */
  async revert(page, { url, type }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    await run(page, "Revert to the saved text");
    await page.getByRole("button", { name: "Throw my changes away" }).click();
    await waitForState(page, "saved");
    const reverted = !(await text(page)).includes(type.trim());
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+z");
    await waitForState(page, "unsaved");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    const printed = await page.locator(".printed").innerText();
    const alone = !(await page.locator("#page").isVisible());
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    await page.emulateMedia({ media: "screen" });
    return { reverted, lines: printed.split("\n").length, alone, gone: (await page.locator(".printed").count()) === 0 };
  },

  /** Typed with blanks at the ends, and saved as .editorconfig wants it. */
  async tidy(page, { url, type }) {
    await openEditor(page, url);
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.press("Tab");
    await page.keyboard.insertText(type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { text: await text(page), ends: await page.locator("#ends").innerText(), encoding: await page.locator("#encoding").innerText() };
  },

  /** No text, or too much of it: looked at, downloaded, and replaced by an upload that was asked about. */
  async instead(page, { url, type }) {
    await page.goto(url);
    await opened(page);
    const box = page.locator(".instead");
    await box.waitFor();
    const told = { state: await state(page), text: await box.innerText(), width: await sideways(page) };
    const coming = page.waitForEvent("download");
    await box.getByRole("button", { name: "Download a copy" }).click();
    told.downloaded = readFileSync(await (await coming).path()).length;
    const look = box.getByRole("button", { name: "Look at its beginning" });
    if ((await look.count()) > 0) {
      await look.click();
      told.looked = (await page.getByRole("dialog").locator("pre").innerText()).length;
      await page.keyboard.press("Escape");
    } else {
      await box.getByRole("button", { name: "View as text" }).click();
    }
    const replace = page.getByRole("button", { name: "Replace by another file" });
    told.replaceable = (await replace.count()) > 0;
    if (type === "") return told;
    const choosing = page.waitForEvent("filechooser");
    if (told.replaceable) await replace.click();
    else await run(page, "Replace by another file");
    await (await choosing).setFiles({ name: "other.txt", mimeType: "text/plain", buffer: Buffer.from(type) });
    told.asked = await page.getByRole("dialog").innerText();
    await page.getByRole("button", { name: "Replace", exact: true }).click();
    await waitForState(page, "saved");
    return { ...told, after: await text(page) };
  },

  /** Each byte of each single-byte encoding, there and back, by this browser's own tables. */
  async "every-byte"(page, { url }) {
    await page.goto(url);
    const entry = `import { everyByte } from ${JSON.stringify(join(HERE, "every-byte.ts"))}; globalThis.everyByte = everyByte;`;
    const bundled = await build({ stdin: { contents: entry, resolveDir: HERE, loader: "ts" }, bundle: true, format: "iife", write: false });
    return page.evaluate(`${bundled.outputFiles[0].text}; everyByte()`);
  },
};

async function run(page, name) {
  await page.keyboard.press("F1");
  await page.getByRole("combobox").fill(name);
  await page.keyboard.press("Enter");
  await page.locator(".palette").waitFor({ state: "detached" });
}

async function readAs(page, encoding) {
  await page.locator("#encoding").click();
  await page.getByLabel("Read the file as").selectOption(encoding);
  await page.getByRole("button", { name: "Read it so" }).click();
}

/** How far the page could be scrolled sideways. */
function sideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
