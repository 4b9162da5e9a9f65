// Stories of somebody who passes a link on: made in the dialog, opened in another browser, read by a camera, revoked.
// It must never look into the server.

import jsQR from "jsqr";

import { editable, opened, openEditor, state, text, waitForState } from "./stories.mjs";
import { tabTo } from "./manage.mjs";

export const SHARE = {
  /** A link to view, for one browser and with a passphrase: what is said of it, what its picture holds, what it opens, and its end. */
  async share(page, { url, password, type }) {
    await openEditor(page, url);
    await openDialog(page);
    const offered = await page.locator("#share-ends option").allInnerTexts();
    await page.locator("#share-passphrase").fill(password);
    await page.locator("summary").click();
    await page.locator("#share-uses").fill("1");
    await page.locator("#share-idle").selectOption("30d");
    await page.locator("#share-label").fill(type);
    await page.getByRole("button", { name: "Make the link" }).click();
    const field = page.locator("#share-link");
    await field.waitFor();
    const link = await field.inputValue();
    const told = {
      offered,
      link,
      allows: await page.locator("#share-allows").innerText(),
      focused: await field.evaluate((input) => input === document.activeElement),
      read: await readQr(page),
      named: await page.locator(".qr").getAttribute("aria-label"),
      made: await page.locator(".share-list li .share-what").allInnerTexts(),
    };
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.locator("#share-said").filter({ hasText: "Copied." }).waitFor();
    told.copied = (await page.evaluate(() => navigator.clipboard.readText())) === link;

    const other = await another(page);
    await other.goto(link);
    await other.getByLabel("Passphrase").fill(password);
    await other.getByRole("button", { name: "Open" }).click();
    await opened(other);
    told.opened = { text: await text(other), editable: await editable(other), share: await other.locator("#share").isVisible() };
    // Whoever got it for one browser has nothing to pass on.
    await openDialog(other, { refused: true });
    told.passedOn = await other.getByRole("alert").filter({ visible: true }).innerText();
    await other.keyboard.press("Escape");
    const third = await another(page);
    told.third = (await third.goto(link)).status();
    await third.context().close();

    const ended = other.locator('#state[data-state="ended"]').waitFor();
    await page.locator(".share-list li", { hasText: type }).getByRole("button", { name: /^Revoke: / }).click();
    await page.locator("#share-said").filter({ hasText: "opens nothing any more" }).waitFor();
    await ended;
    told.ended = { after: (await other.goto(link)).status(), gone: await field.count(), left: await page.locator(".share-list li").count() };
    await other.context().close();
    await page.keyboard.press("Escape");
    told.closed = {
      dialogs: await page.locator("dialog[open]").count(),
      focus: await page.evaluate(() => document.activeElement.id),
      // Nothing of the link stays in the page.
      left: (await page.content()).includes(new URL(link).searchParams.get("accesskey")),
      kept: await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
    };
    return told;
  },

  /** By the keyboard alone: writes, saves, makes a link to change the file at a time of choice, revokes it, and is back in the text. */
  async "share-by-keyboard"(page, { url, type }) {
    await openEditor(page, url);
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type(type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    // Out of the text, and back to the head.
    await page.keyboard.press("Escape");
    await tabTo(page, page.locator("#share"), "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.locator("#share-rights").waitFor();
    const first = await page.evaluate(() => document.activeElement.id);
    await page.keyboard.press("ArrowDown");
    await tabTo(page, page.locator("#share-ends"));
    await page.keyboard.press("End");
    const at = await page.evaluate(() => document.activeElement.id);
    // As the field takes it in this language: month, day, year, and the time.
    const [year, month, day] = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10).split("-");
    await page.keyboard.type(month + day + year);
    await page.keyboard.press("Tab");
    await page.keyboard.type("1159PM");
    await tabTo(page, page.getByRole("button", { name: "Make the link" }));
    await page.keyboard.press("Enter");
    await page.locator("#share-link").waitFor();
    const allows = await page.locator("#share-allows").innerText();
    const link = await page.locator("#share-link").inputValue();
    await tabTo(page, page.getByRole("button", { name: /^Revoke: / }));
    await page.keyboard.press("Space");
    await page.locator("#share-said").filter({ hasText: "opens nothing any more" }).waitFor();
    const within = await page.evaluate(() => document.activeElement.closest("dialog")?.id);
    await tabTo(page, page.getByRole("button", { name: "Close" }));
    await page.keyboard.press("Enter");
    return { first, at, allows, link, within, back: await page.evaluate(() => document.activeElement.id), state: await state(page) };
  },

  /** What was chosen is refused, here or by the server: what is said, and where the focus is. Each line of `type` is "field=value,…". */
  async "share-refused"(page, { url, type }) {
    await openEditor(page, url);
    const told = [];
    for (const line of type.split("\n")) {
      await openDialog(page, { refused: line === "" });
      if (line === "") {
        told.push({ said: await page.getByRole("alert").filter({ visible: true }).innerText(), fields: await page.locator("#share-ends").count() });
        await page.keyboard.press("Escape");
        continue;
      }
      await page.locator(".share details").evaluate((details) => (details.open = true));
      for (const [name, value] of line.split(",").map((pair) => pair.split("="))) {
        const field = page.locator(`#share-${name}`);
        if ((await field.evaluate((input) => input.localName)) === "select") await field.selectOption(value);
        else await field.fill(value);
      }
      await page.getByRole("button", { name: "Make the link" }).click();
      const alert = page.locator("#share-alert:not([hidden])");
      await alert.or(page.locator("#share-link")).waitFor();
      const made = await page.locator("#share-link").count();
      told.push({
        made,
        said: made === 1 ? "" : await alert.innerText(),
        focus: await page.evaluate(() => document.activeElement.id),
        invalid: await page.locator("[aria-invalid]").evaluateAll((all) => all.map((input) => input.id)),
      });
      await page.keyboard.press("Escape");
    }
    return { told };
  },

  /** The network goes while the dialog is open: said in words, and done when it is back. */
  async "share-unreachable"(page, { url }) {
    await openEditor(page, url);
    await openDialog(page);
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Make the link" }).click();
    const said = await page.locator("#share-alert:not([hidden])").innerText();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Make the link" }).click();
    await page.locator("#share-link").waitFor();
    return { said, hidden: await page.locator("#share-alert").count() };
  },

  /** Looks at the dialog: the form, or with --choice made the link. */
  async "share-look"(page, { url, choice }) {
    await openEditor(page, url);
    await page.locator("#share").click();
    await page.locator("#share-ends").waitFor();
    if (choice === "made") {
      await page.locator(".share form button[type=submit]").click();
      await page.locator("#share-link").waitFor();
    } else if (choice === "more") {
      await page.locator("summary").click();
    }
    return {};
  },
};

async function openDialog(page, { refused = false } = {}) {
  await page.locator("#share").click();
  await page.locator(refused ? '#share-dialog [role="alert"]:not([hidden])' : "#share-ends").waitFor();
}

async function another(page) {
  const context = await page.context().browser().newContext({ locale: "en-US" });
  context.setDefaultTimeout(20_000);
  return context.newPage();
}

/** What a camera reads in the picture as it stands on the screen. */
async function readQr(page) {
  const picture = await page.locator(".qr").screenshot();
  const blank = await page.context().newPage();
  const pixels = await blank.evaluate(async (base64) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return { data: [...data], width, height };
  }, picture.toString("base64"));
  await blank.close();
  return jsQR(new Uint8ClampedArray(pixels.data), pixels.width, pixels.height)?.data ?? "nothing";
}
