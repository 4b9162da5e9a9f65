// Stories of the start page: a tree of folders gone through by the keyboard alone, a search, a new file, and the same without a script.
// It must never look into the server: what was made there is for the caller to check.

import { opened, state, text, typeAtEnd, waitForState } from "./stories.mjs";

export const OPENING = {
  /** Through the tree of a folder with many files, by the keyboard; then a search; opens, writes, saves, and comes back. */
  async "open-from-tree"(page, { url, type, choice }) {
    const started = Date.now();
    await page.goto(url);
    const tree = page.getByRole("tree", { name: "Folders" });
    await item(tree, "sub").waitFor();
    const told = { first: Date.now() - started, top: await positions(tree) };

    await page.locator("#filter").focus();
    await page.keyboard.press("Tab");
    told.stop = await focused(page);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.type("su");
    told.typed = await focused(page);
    const asked = Date.now();
    await page.keyboard.press("ArrowRight");
    await item(tree, "file 199.txt").waitFor();
    told.listed = { ms: Date.now() - asked, said: await said(page) };
    await page.keyboard.press("ArrowRight");
    told.inside = await focused(page);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    for (let time = 0; time < 200; time += 1) await page.keyboard.press("ArrowDown");
    told.more = await focused(page);
    await page.keyboard.press("Enter");
    await item(tree, "file 399.txt").waitFor();
    told.second = { ...(await focused(page)), said: await said(page) };
    told.stops = await tree.locator('[tabindex="0"]').count();
    await page.keyboard.press("ArrowLeft");
    told.up = await focused(page);
    await page.keyboard.press("ArrowLeft");
    told.closed = { ...(await focused(page)), left: await tree.getByRole("treeitem").count() };
    told.wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

    await page.locator("#filter").focus();
    const searched = Date.now();
    await page.keyboard.type(choice);
    const found = page.getByRole("tree", { name: "What was found" });
    await found.getByRole("treeitem").first().waitFor();
    told.found = { ms: Date.now() - searched, names: await found.locator(".called").allInnerTexts(), where: await found.locator(".where").allInnerTexts(), said: await said(page) };
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await opened(page);
    told.opened = await page.locator(".name").first().innerText();
    await typeAtEnd(page, type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    await page.goto(url);
    told.recent = await page.locator(".recent a").allInnerTexts();
    return told;
  },

  /** A new file in a folder that the tree stands at, and names that cannot be. */
  async "new-from-tree"(page, { url, type, choice }) {
    await page.goto(url);
    const tree = page.getByRole("tree", { name: "Folders" });
    await item(tree, "sub").focus();
    const told = { folder: await page.locator("#new-in").inputValue(), wrong: {} };
    const name = page.getByLabel("Name", { exact: true });
    for (const bad of ["..", "a/b", "a\\b", "%2e", "ä".repeat(128)]) {
      await name.fill(bad);
      await name.press("Enter");
      told.wrong[bad.slice(0, 4)] = await page.locator("#new-why").innerText();
    }
    told.stayed = page.url() === url;
    await name.fill(choice);
    await name.press("Enter");
    await opened(page);
    told.opened = await page.locator(".name").first().innerText();
    await typeAtEnd(page, type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { ...told, state: await state(page) };
  },

  /** The names in a folder as a page of its own shows them, and that each opens its file. */
  async "odd-names"(page, { url, choice }) {
    const told = { names: [], texts: [] };
    const answer = await page.goto(url);
    told.status = answer.status();
    const tree = page.getByRole("tree");
    await tree.getByRole("treeitem").first().waitFor();
    told.names = await tree.locator(".called").allInnerTexts();
    told.wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    told.markup = await page.locator("#tree img, #tree b, #tree script").count();
    for (let at = 0; at < told.names.length; at += 1) {
      await tree.getByRole("treeitem").nth(at).click();
      await opened(page);
      told.texts.push(await text(page));
      await page.goto(url);
      await tree.getByRole("treeitem").first().waitFor();
    }
    if (choice === "look") return told;
    // The same by plain links, where no script runs.
    const context = await page.context().browser().newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(url);
    told.plain = await plain.locator("#tree a .called").allInnerTexts();
    told.hidden = await plain.locator("#find").isVisible();
    await plain.getByRole("link", { name: "All folders" }).click();
    told.folders = await plain.locator("#tree a").allInnerTexts();
    await plain.locator("#tree a").first().click();
    told.inFolder = await plain.locator("#tree a .called").allInnerTexts();
    await plain.locator("#tree a.file").first().click();
    told.address = new URL(plain.url()).searchParams.has("accesskey");
    await context.close();
    return told;
  },

  /** The start page, to be looked at: the first folder open. */
  async "start-page"(page, { url, choice }) {
    await page.goto(url);
    const tree = page.getByRole("tree", { name: "Folders" });
    await tree.getByRole("treeitem").first().waitFor();
    if (choice !== "mine") {
      await page.locator("#filter").fill(choice);
      await page.getByRole("tree", { name: "What was found" }).getByRole("treeitem").first().waitFor();
    }
    return { said: await said(page) };
  },
};

function item(tree, name) {
  return tree.getByRole("treeitem", { name, exact: true });
}

function said(page) {
  return page.locator("#listed").innerText();
}

/** What a screen reader hears of what has the focus. */
function focused(page) {
  return page.evaluate(() => {
    const item = document.activeElement;
    const told = (name) => item?.getAttribute(`aria-${name}`);
    return { role: item?.role, name: item?.textContent, level: told("level"), position: told("posinset"), of: told("setsize"), expanded: told("expanded") };
  });
}

function positions(tree) {
  return tree.getByRole("treeitem").evaluateAll((items) => items.map((item) => ["level", "posinset", "setsize"].map((name) => item.getAttribute(`aria-${name}`)).join("/")));
}
