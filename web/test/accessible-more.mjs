// What every reader meets beside the plain text: previews, the tools' dialogs, what stands in place of a text, and what is said when something happened meanwhile.
// It must never excuse a finding, nor name a text: it is gone through in each language.

import { looked } from "./accessible.mjs";
import { made } from "./preview.mjs";
import { opened, openEditor, typeAtEnd, waitForState } from "./stories.mjs";

const TEXT = ".text .cm-content";
const DIALOG = "dialog[open]";

export const ACCESSIBLE_MORE = {
  /** Dialogs, panels and banners of one file of Markdown. */
  async "accessible-tools"(page, { url, shot }) {
    const found = [];
    const look = (where) => looked(page, where, found, shot);
    await openEditor(page, url);
    await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    await made(page);
    await look("a preview");
    await page.locator("#preview-button").click();
    await page.locator(TEXT).focus();

    // Each is opened by its key, and gives the focus back.
    const asked = async (where, open, more = async () => undefined) => {
      await page.locator(TEXT).focus();
      await open();
      await page.locator(DIALOG).waitFor();
      await look(where);
      await more();
      await page.keyboard.press("Escape");
      await page.locator(DIALOG).waitFor({ state: "detached" });
      if (!(await page.locator(TEXT).evaluate((content) => content === document.activeElement))) found.push(`${where}: the focus does not come back`);
    };
    const key = (keys) => () => page.keyboard.press(keys);
    await asked("the commands", key("F1"), async () => {
      await page.keyboard.type("zzzz");
      await look("no such command");
    });
    await asked("the options", key("ControlOrMeta+,"));
    await asked("the keys", key("Shift+F1"), async () => {
      const cut = await page.locator(".help .columns").evaluate((box) => box.scrollWidth - box.clientWidth);
      if (cut > 0) found.push(`the keys: ${cut} px are cut off`);
    });
    const fact = (id) => async () => {
      await page.locator(`#${id}`).evaluate((button) => button.click());
    };
    await asked("the encoding", fact("encoding"));
    await asked("the line ends", fact("ends"));
    await page.locator(TEXT).focus();
    await page.keyboard.press("ControlOrMeta+f");
    await page.keyboard.type("a");
    await look("find and replace");
    await page.keyboard.press("Escape");
    await page.keyboard.press("ControlOrMeta+Alt+g");
    await page.locator(".cm-dialog, .cm-gotoLine").first().waitFor();
    await look("go to line");
    await page.keyboard.press("Escape");
    if (!(await page.locator(TEXT).evaluate((content) => content === document.activeElement))) found.push("the panels: the focus does not come back");

    await page.context().setOffline(true);
    await typeAtEnd(page, "typed\n");
    await page.locator("#offline:not(:empty)").waitFor();
    await look("offline");
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "failed");
    await look("a save that failed");
    await page.context().setOffline(false);
    await waitForState(page, "saved");
    return { found };
  },

  /** What another window did meanwhile: merged, to be decided, and a text that came back. */
  async "accessible-meanwhile"(last, { url, shot }) {
    const found = [];
    const look = (where, at = page) => looked(at, where, found, shot);
    const page = await last.context().newPage();
    await openEditor(page, url);
    const second = await last.context().newPage();
    await openEditor(second, url);
    await page.locator("#also:not(:empty)").waitFor();
    await look("open in two tabs");
    await typeAtEnd(page, "mine\n");
    await writeAtStart(second, "theirs\n");
    await second.keyboard.press("ControlOrMeta+s");
    await waitForState(second, "saved");
    await page.locator("#notice:not([hidden])").waitFor();
    await look("merged");
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");

    await writeAtStart(page, "mine here, ");
    await writeAtStart(second, "theirs here, ");
    await second.keyboard.press("ControlOrMeta+s");
    await waitForState(second, "saved");
    await second.close();
    await page.locator('#notice:not([hidden])[data-tone="alarm"]').waitFor();
    await look("a place to decide");
    await page.locator("#notice-actions button").first().click();
    await page.locator("#difference-panes .cm-chunkButtons").first().waitFor();
    await look("the places");
    await page.locator(".cm-chunkButtons button").first().click();
    await page.locator("#save-decided:enabled").waitFor();
    await look("every place decided");
    await page.keyboard.press("Escape");
    await page.locator("#conflict").waitFor({ state: "hidden" });
    await look("to be decided later");

    // The window goes, and with it what was not saved.
    await page.close();
    await openEditor(last, url);
    await last.locator("#notice:not([hidden])").waitFor();
    await look("a text that came back", last);
    return { found };
  },

  /** A file each: previews of other kinds, and what stands in place of a text; its dialog too, where it has one. */
  async "accessible-files"(page, { url, other, rest, shot }) {
    const found = [];
    let previews = 0;
    let instead = 0;
    for (const [at, bookmark] of [url, other, ...rest].entries()) {
      const look = (where) => looked(page, `${where} ${at}`, found, shot);
      await page.goto(bookmark);
      await opened(page);
      await shown(page, `${TEXT}, .instead, #preview`);
      await look("file");
      if (await page.locator(".instead").isVisible()) {
        instead += 1;
        if (await page.locator(TEXT).isVisible()) found.push(`file ${at}: the text stands there too`);
        await page.locator(".instead button").first().click();
        await shown(page, `${DIALOG}, ${TEXT}`);
        await look("looked at");
        continue;
      }
      if (await page.locator("#preview-button").isHidden()) continue;
      previews += 1;
      if (await page.locator("#preview").isHidden()) await page.locator("#preview-button").click();
      await made(page);
      await look("preview");
    }
    return { found, previews, instead };
  },
};

/** Any of these can be seen. */
function shown(page, selector) {
  return page.locator(selector).locator("visible=true").first().waitFor();
}

async function writeAtStart(page, typed) {
  await page.locator(TEXT).focus();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.insertText(typed);
}
