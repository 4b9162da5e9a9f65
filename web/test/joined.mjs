// Stories of the parts of the editor with one another: drafts and encodings, the end of a link and changes from elsewhere,
// an upload and somebody who was faster. It must never look into the server, nor take a text for unchanged before a change was due.

import { writeFileSync } from "node:fs";

import { opened, openEditor, state, text, typeAtEnd, waitForState } from "./stories.mjs";

export const JOINED = {
  /** A text of an old encoding that was not saved comes back as it was read, and with what it was converted to. */
  async "encoded-draft"(page, { url, type, choice }) {
    await openEditor(page, url);
    await page.getByRole("button", { name: "Edit as Western" }).click();
    await page.locator('.text .cm-content[contenteditable="true"]').waitFor();
    await typeAtEnd(page, type);
    const came = async () => {
      await page.locator("#kept:not([hidden])").waitFor();
      await page.reload();
      await opened(page);
      await page.locator("#notice-text", { hasText: "It is back" }).waitFor();
      return { text: await text(page), encoding: await page.locator("#encoding").innerText(), state: await state(page) };
    };
    const back = await came();
    await page.locator("#encoding").click();
    await page.getByLabel("Save the file as").selectOption("utf-8");
    await page.getByRole("button", { name: "Convert", exact: true }).click();
    await typeAtEnd(page, choice);
    const converted = await came();
    await page.getByRole("button", { name: "Throw it away" }).click();
    await waitForState(page, "saved");
    const thrown = { text: await text(page), encoding: await page.locator("#encoding").innerText() };
    await page.locator(".cm-content").focus();
    await page.keyboard.press("ControlOrMeta+z");
    await page.keyboard.press("ControlOrMeta+s");
    await page.getByRole("button", { name: "Save as UTF-8" }).click();
    await waitForState(page, "saved");
    return { back, converted, thrown };
  },

  /** The link may only view from now on, with nothing unsaved: the text follows the file, and nobody has written anything. */
  async "narrowed-and-changed"(page, { url, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, "mine\n");
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    writeFileSync(ready, "narrowed");
    await waitForState(page, "view");
    for (const step of ["once", "twice"]) {
      writeFileSync(ready, step);
      await page.locator(".text .cm-line", { hasText: step }).waitFor();
    }
    const kept = await page.locator("#kept").isVisible();
    await page.reload();
    await opened(page);
    return { text: await text(page), state: await state(page), kept, notice: await page.locator("#notice").isVisible() };
  },

  /** Somebody changes the file while another one is chosen for its place: that is refused, and the file is looked at again. */
  async "replaced-late"(page, { url, type, ready }) {
    await page.route("**/api/file/events", (route) => route.abort());
    await page.goto(url);
    await opened(page);
    await page.locator(".instead").waitFor();
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Replace by another file" }).click();
    await (await choosing).setFiles({ name: "other.txt", mimeType: "text/plain", buffer: Buffer.from(type) });
    await page.getByRole("dialog").waitFor();
    writeFileSync(ready, "changed");
    await page.waitForTimeout(1_000);
    await page.getByRole("button", { name: "Replace", exact: true }).click();
    const notice = await page.locator("#notice-text", { hasText: "nothing was replaced" }).innerText();
    await page.getByRole("button", { name: "Look again" }).click();
    await waitForState(page, "saved");
    return { notice, text: await text(page) };
  },

  /** A file grows too large while it is open, and is small again in the same encoding: it is the file that is shown. */
  async "grown-and-small"(page, { url, ready }) {
    await openEditor(page, url);
    writeFileSync(ready, "large");
    await page.locator(".instead").waitFor();
    const left = { save: await page.locator("#save").isVisible(), state: await state(page) };
    writeFileSync(ready, "small");
    await page.locator(".text .cm-line", { hasText: "small again" }).waitFor();
    await page.locator(".instead").waitFor({ state: "detached" });
    await typeAtEnd(page, "and edited\n");
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { left };
  },

  /** What was merged in stays in where the reader goes back to the saved text: it is part of that. */
  async "merged-and-reverted"(page, { url, type, ready }) {
    await openEditor(page, url);
    await typeAtEnd(page, type);
    writeFileSync(ready, "changed");
    await page.locator("#notice-text").filter({ hasText: "merged into yours" }).waitFor();
    await page.keyboard.press("F1");
    await page.getByRole("combobox").fill("Revert to the saved text");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Throw my changes away" }).click();
    await waitForState(page, "saved");
    const reverted = { text: await text(page), notice: await page.locator("#notice").isVisible(), marked: await page.locator(".cm-elsewhere").count() };
    await page.locator(".cm-content").focus();
    await page.keyboard.press("ControlOrMeta+z");
    await waitForState(page, "unsaved");
    return { reverted, undone: await text(page) };
  },
};
