// Stories of several browsers with one link: who makes it, who gets it, who comes late, and its end.
// It must never look into the server, and never leave a browser's profile open.

import { readFileSync } from "node:fs";

import { editable, opened, state, text, typeAtEnd } from "./stories.mjs";

export const TOGETHER = {
  /** An administrator makes a one-use link with a passphrase; another browser opens it, a third is refused; it is revoked on its page. */
  async given(page, { url, user, password, type, choice: passphrase }) {
    const path = type;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await signIn(page, url, user, password);
    await page.getByRole("link", { name: "New key" }).click();
    await page.getByLabel("File or folder").fill(path);
    await page.getByLabel("Browsers that may use it").fill("1");
    await page.getByLabel("Passphrase").fill(passphrase);
    await page.getByLabel("Label").fill("for a friend");
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByRole("button", { name: "Copy" }).click();
    await page.locator("#copied:not(:empty)").waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const told = { link };

    const second = await another(page);
    told.page = { status: (await second.goto(link)).status(), title: await second.title(), text: await second.locator("main").innerText() };
    await unlock(second, "not the passphrase");
    told.wrong = await second.getByRole("alert").innerText();
    await unlock(second, passphrase);
    await opened(second);
    told.opened = { state: await state(second), editable: await editable(second), same: second.url() === link };
    const third = await another(page);
    told.third = (await third.goto(link)).status();
    await third.context().close();
    await typeAtEnd(second, "never saved\n");

    await page.getByRole("link", { name: "About this key" }).click();
    const acts = page.locator('.events [data-name="What"]');
    // The log is written a moment later.
    for (let time = 0; time < 40 && !(await acts.allInnerTexts()).includes("claim"); time += 1) await page.reload();
    told.acts = await acts.allInnerTexts();
    const { end, done } = await revoke(page, second);
    told.revoked = { said: await page.locator(".said").innerText(), late: end - done };
    await second.locator("#notice-text").filter({ hasText: "kept" }).waitFor();
    const coming = second.waitForEvent("download");
    await second.getByRole("button", { name: "Download a copy" }).click();
    told.ended = { state: await state(second), editable: await editable(second), downloaded: readFileSync(await (await coming).path(), "utf8") };
    told.after = (await second.goto(link)).status();
    await second.context().close();
    return told;
  },

  /** A visitor gives their own key a passphrase, opens it from the start page, gives less of it away, and revokes it with what was given. */
  async family(page, { url, user, password, choice: passphrase }) {
    const start = new URL("./", url).href;
    await signIn(page, url, user, password);
    await opened(page);
    const own = page.url();
    await page.goto(start);
    await page.getByRole("link", { name: /^Manage / }).click();
    await page.locator("summary", { hasText: "Narrow it" }).click();
    await page.locator("#narrow-passphrase").fill(passphrase);
    await page.getByRole("button", { name: "Narrow this key" }).click();
    const told = { narrowed: await page.locator(".said").innerText() };
    await page.goto(start);
    told.badges = await page.locator(".files .badge").allInnerTexts();
    await page.getByRole("button", { name: "doc.md", exact: true }).click();
    await unlock(page, passphrase);
    await opened(page);
    told.same = page.url() === own;

    await page.goto(start);
    await page.getByRole("link", { name: /^Manage / }).click();
    await page.locator("summary", { hasText: "Give less away" }).click();
    await page.locator("#derive-rights").selectOption("view");
    await page.locator("#derive-label").fill("for bob");
    await page.getByRole("button", { name: "Make a narrower key" }).click();
    const child = await page.locator("#bookmark").inputValue();
    const bob = await another(page);
    await bob.goto(child);
    await unlock(bob, passphrase);
    await opened(bob);
    told.child = { link: child, state: await state(bob), editable: await editable(bob), text: await text(bob) };

    await page.goto(start);
    told.files = await page.locator(".files li").count();
    await page.locator(".files li", { hasNotText: "for bob" }).getByRole("link", { name: /^Manage / }).click();
    told.going = [];
    const { end, done } = await revoke(page, bob, async () => {
      told.going = await page.locator(".going li").count();
    });
    told.revoked = { said: await page.locator(".said").innerText(), late: end - done };
    told.after = [(await bob.goto(child)).status(), (await page.goto(own)).status()];
    await bob.context().close();
    return told;
  },
};

/** A browser that was never here. */
async function another(page) {
  const context = await page.context().browser().newContext({ acceptDownloads: true });
  context.setDefaultTimeout(20_000);
  return context.newPage();
}

async function signIn(page, url, user, password) {
  await page.goto(url);
  await page.getByLabel("Name").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor({ state: "detached" });
}

async function unlock(page, passphrase) {
  await page.getByLabel("Passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Open" }).click();
}

/** Revokes the key whose page this is: when that was done, and when `open`, where its link is open, said so. */
async function revoke(page, open, look = async () => undefined) {
  await page.getByRole("button", { name: "Revoke…" }).click();
  await look();
  const ended = open.locator('#state[data-state="ended"]').waitFor().then(() => Date.now());
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: /^Revoke \d/ }).click();
  await answer;
  const done = Date.now();
  await page.locator(".said").waitFor();
  return { end: await ended, done };
}
