// What every reader meets: each page and dialog is gone over by axe, by its width, by the size of what is to be hit, and by the keyboard.
// It must never excuse a finding: what axe says is told as it is.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { opened, openEditor, state, text, typeAtEnd, waitForState } from "./stories.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** WCAG 2.2, 2.5.8. */
const TARGET_PX = 24;

export const ACCESSIBLE = {
  /** The editor in each of its states; the further lines of the input are bookmarks: one that may only view, others of other files. */
  async "accessible-editor"(page, { url, other, rest, shot }) {
    const found = [];
    const look = (where) => looked(page, where, found, shot);
    await openEditor(page, url);
    await look("a text");
    await typeAtEnd(page, "typed\n");
    await look("unsaved");
    await page.keyboard.press("ControlOrMeta+f");
    await page.locator(".cm-search").waitFor();
    await look("the search panel");
    await page.keyboard.press("Escape");
    await page.locator("#share").click();
    await page.locator("#share-ends").waitFor();
    await page.locator(".share summary").click();
    await look("the dialog for sharing");
    await page.locator("#share-passphrase").fill("short");
    await page.locator(".share form button[type=submit]").click();
    await page.locator("#share-alert:not([hidden])").waitFor();
    await look("a refused wish");
    await page.locator("#share-passphrase").fill("");
    await page.locator(".share form button[type=submit]").click();
    await page.locator("#share-link").waitFor();
    await look("a link that was made");
    await page.locator(".share-list").scrollIntoViewIfNeeded();
    await look("the links that were made");
    await page.keyboard.press("Escape");

    // Saved by another window meanwhile: the dialog that asks.
    const second = await page.context().newPage();
    await openEditor(second, url);
    await typeAtEnd(second, "other\n");
    await second.keyboard.press("ControlOrMeta+s");
    await waitForState(second, "saved");
    await second.close();
    await page.keyboard.press("ControlOrMeta+s");
    await page.locator("dialog[open]").waitFor();
    await page.locator("#difference-panes .cm-chunkButtons").first().waitFor();
    await look("a conflict");
    await page.keyboard.press("Escape");
    await page.locator("#notice:not([hidden])").waitFor();
    await look("a notice");
    // Leaving with what is not saved asks first.
    page.once("dialog", (asked) => void asked.accept());
    await openEditor(page, other);
    await look("view only");
    for (const [at, bookmark] of rest.entries()) {
      await page.goto(bookmark);
      await opened(page);
      // What is too large for this server has something else in its place.
      await page.locator(".text .cm-content, .instead").locator("visible=true").first().waitFor();
      await look(`file ${at}`);
    }
    return { found, files: rest.length };
  },

  /** Every page that is no editor, and a refusal; `type` has the addresses, a line each: name, space, path. Further lines of the input are bookmarks. */
  async "accessible-pages"(page, { url, other, rest, user, password, type, shot }) {
    const found = [];
    const look = (where) => looked(page, where, found, shot);
    await page.goto(url);
    await look("sign-in");
    await page.getByLabel("Name").fill(user);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await look("sign-in refused");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor({ state: "detached" });
    const links = new Set();
    for (const line of type.split("\n")) {
      const at = line.lastIndexOf(" ");
      await page.goto(new URL(line.slice(at + 1), url).href);
      if ((await page.locator("body.editor").count()) > 0) await opened(page);
      await look(line.slice(0, at));
      await inTree(page, look);
      for (const href of await page.locator("tbody .file > a").evaluateAll((all) => all.map((link) => link.href))) links.add(href);
    }
    for (const [at, bookmark] of [other, ...rest].filter((one) => one !== undefined).entries()) {
      await page.goto(bookmark);
      await look(`bookmark ${at}`);
    }
    // One key, its forms opened, and the page that asks before it is revoked.
    // The last one that was seen was made here, so that its link can be shown again.
    const one = [...links].at(-1);
    if (one !== undefined) {
      await page.goto(one);
      for (const summary of await page.locator("summary").all()) await summary.click();
      await look("a key");
      await page.getByRole("button", { name: "Show the link again" }).click();
      await page.locator("#bookmark").waitFor();
      await look("a bookmark");
      await page.goto(one);
      await page.getByRole("button", { name: "Revoke…" }).click();
      await page.locator(".going").waitFor();
      await look("before revoking");
    }
    return { found, key: one !== undefined, bookmarks: rest.length };
  },

  /** Texts and names that run from right to left: which lines do, where the caret goes, and that they are saved as they are. */
  async "right-to-left"(page, { url, type }) {
    await openEditor(page, url);
    const lines = () => page.locator(".text .cm-line").evaluateAll((all) => all.map((line) => `${getComputedStyle(line).direction} ${line.textContent}`));
    const before = await lines();
    const head = await page.locator(".name").evaluate((name) => getComputedStyle(name).direction);
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+Home");
    const left = () => page.evaluate(() => document.querySelector(".cm-cursor-primary").getBoundingClientRect().left);
    await page.keyboard.press("Home");
    const from = await left();
    // Forward, in a line of Hebrew, is to the left.
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((before) => document.querySelector(".cm-cursor-primary").getBoundingClientRect().left < before, from);
    const moved = (await left()) - from;
    await page.keyboard.insertText(type);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { before, head, moved, after: await lines(), text: await text(page) };
  },

  /** Writes as by an input method: composed letter by letter, another one taken, then saved. */
  async composed(page, { url }) {
    await openEditor(page, url);
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+End");
    const input = await page.context().newCDPSession(page);
    const compose = (text) => input.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    for (const part of ["k", "か", "かn", "かん", "かんj", "かんじ", "漢字"]) await compose(part);
    const during = { text: await text(page), state: await state(page) };
    await input.send("Input.insertText", { text: "漢字" });
    await compose("ㅎ");
    await compose("하");
    await compose("한");
    await input.send("Input.insertText", { text: "한" });
    // Begun and given up.
    await compose("x");
    await compose("");
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { during, text: await text(page) };
  },

  /** Each dialog gives the focus back to where it was, and Tab does not get lost behind it. */
  async focus(page, { url }) {
    await openEditor(page, url);
    const where = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
    const told = { start: await where() };
    await page.locator("#share").focus();
    await page.keyboard.press("Enter");
    await page.locator("#share-ends").waitFor();
    told.inside = [];
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press("Tab");
      told.inside.push(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null));
    }
    await page.keyboard.press("Escape");
    told.back = await where();
    // From the text by a command: back into the text.
    await page.locator(".text .cm-content").focus();
    await page.evaluate(() => document.querySelector("#share").click());
    await page.locator("#share-ends").waitFor();
    await page.keyboard.press("Escape");
    told.text = await page.evaluate(() => document.activeElement.classList.contains("cm-content"));
    // Out of the text with Escape and Tab, right after typing too.
    await page.keyboard.type("<a");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    told.left = await page.evaluate(() => !document.activeElement.classList.contains("cm-content"));
    return told;
  },

  /** Nothing moves where the reader asked for stillness: no transition, no animation. */
  async still(page, { url }) {
    await openEditor(page, url);
    await page.locator("#share").click();
    await page.locator("#share-ends").waitFor();
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll("*")]
        .filter((element) => {
          const style = getComputedStyle(element);
          const lasts = (durations) => durations.split(",").some((duration) => parseFloat(duration) > 0);
          // The caret blinks by steps, and stands still too where the reader asks for it.
          return (style.transitionProperty !== "none" && lasts(style.transitionDuration)) || (style.animationName !== "none" && lasts(style.animationDuration));
        })
        .map((element) => element.outerHTML.slice(0, 80)),
    );
    return { moving };
  },

  /** In the system's own colours what is pressed, focused and chosen can still be told apart. */
  async forced(page, { url, shot }) {
    const found = [];
    await openEditor(page, url);
    const active = await page.evaluate(() => matchMedia("(forced-colors: active)").matches);
    const edges = await page.locator(".button:visible").evaluateAll((all) => all.map((button) => getComputedStyle(button).borderTopStyle));
    await page.keyboard.press("ControlOrMeta+a");
    const chosen = page.locator(".cm-selectionBackground").first();
    await chosen.waitFor({ state: "attached" });
    const selection = await chosen.evaluate((part) => getComputedStyle(part).backgroundColor);
    await page.locator("#share").focus();
    const outline = await page.locator("#share").evaluate((button) => getComputedStyle(button).outlineStyle);
    await page.locator("#share").click();
    await page.locator(".share form button[type=submit]").click();
    await page.locator("#share-link").waitFor();
    const qr = await page.locator(".qr path").evaluate((path) => getComputedStyle(path).fill);
    await looked(page, "forced colours", found, shot);
    return { active, edges, selection, outline, qr, found };
  },
};

/** The start page with a folder open, and with what a search found. */
async function inTree(page, look) {
  const folder = page.locator("#tree [role=treeitem][aria-expanded=false]").first();
  if ((await folder.count()) === 0 || !(await page.locator("#filter").isVisible())) return;
  await folder.focus();
  await page.keyboard.press("ArrowRight");
  await page.locator('#tree [role=treeitem][aria-level="2"]').first().waitFor();
  await look("a folder open");
  await page.locator("#filter").fill("doc");
  await page.locator("#found [role=treeitem]").first().waitFor();
  await look("what was found");
}

/** What is wrong with the page as it is now. */
export async function looked(page, where, found, shot) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    // Not into frames: what an author wrote stands in one of another origin, which axe could only knock at in vain.
    (levels) => globalThis.axe.run(document, { runOnly: levels, iframes: false, preload: false, resultTypes: ["violations"] }),
    LEVELS,
  );
  for (const { id, nodes } of violations) {
    found.push(...nodes.map((node) => `${where}: ${id}: ${node.target.join(" ")}: ${node.failureSummary.split("\n").slice(1, 3).join(" ").slice(0, 300)}`));
  }
  found.push(...(await page.evaluate(plain, TARGET_PX)).map((what) => `${where}: ${what}`));
  if (shot) await page.screenshot({ path: shot.replace(".png", `-${where.replaceAll(" ", "-")}.png`) });
}

/** In the page: too wide, too small to hit, a field without a name. */
function plain(smallest) {
  const wrong = [];
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) wrong.push(`${over} px too wide`);
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    if (dialog.scrollWidth > dialog.clientWidth) wrong.push(`the dialog is ${dialog.scrollWidth - dialog.clientWidth} px too wide`);
  }
  // What does not fit into the head, the foot or the banner is cut off or pushed out.
  for (const row of document.querySelectorAll(".head, .tools, .foot, .notice")) {
    if (row.scrollWidth > row.clientWidth) wrong.push(`${row.className} is ${row.scrollWidth - row.clientWidth} px too narrow`);
  }
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 1;
  const roots = [document, document.querySelector("#preview")?.shadowRoot ?? document.createElement("i")];
  const targets = roots.flatMap((root) => [...root.querySelectorAll("button, a[href], input:not([type=hidden]), select, summary, [role=button], [role=option]")]);
  for (const target of targets) {
    // What can do nothing is no target: the boxes of a list of tasks.
    if (target.matches(":disabled") && target.getRootNode() !== document) continue;
    if (!visible(target) || target.closest(".skip") !== null) continue;
    const box = (target.labels?.[0]?.contains(target) ? target.labels[0] : target).getBoundingClientRect();
    // A link within a sentence is as high as its line.
    const inline = target.localName === "a" && getComputedStyle(target).display === "inline";
    // Nothing lies over what is to be hit in the head and the foot.
    if (target.closest(".head, .foot") !== null && document.querySelector("dialog[open]") === null) {
      const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      if (top === null || !target.contains(top)) wrong.push(`covered, or out of sight: ${target.outerHTML.slice(0, 100)}`);
    }
    if (!inline && (box.width < smallest || box.height < smallest)) wrong.push(`${Math.round(box.width)} × ${Math.round(box.height)} px: ${target.outerHTML.slice(0, 100)}`);
  }
  return wrong;
}
