// The dialog that asks what is to be of two texts, in windows of each size: what is to be decided scrolls, and the answers stay in sight.
// It must never excuse a finding: what is out of sight, covered or squeezed is told as it is.

import { drawn, openEditor, typeAtEnd, waitForState } from "./stories.mjs";

/** By how wide the window is at first: a small phone, a phone, one that lies on its side; a tablet; a desk. */
const SIZES = { 360: [[360, 640], [360, 800], [640, 360]], 768: [[768, 1024]], 1440: [[1440, 900]] };
const LINES = 40;

export const DECIDING = {
  /** Many lines of two windows at the same place: how the dialog stands in each size, with nothing and with everything decided. */
  async "deciding-in-sight"(page, { url, width: first, shot }) {
    const sizes = SIZES[first];
    await page.setViewportSize({ width: sizes[0][0], height: sizes[0][1] });
    const lines = (who) => Array.from({ length: LINES }, (_, at) => `${who} ${at}, a line that is longer than a phone is wide, so that it goes on below\n`).join("");
    await openEditor(page, url);
    await typeAtEnd(page, lines("mine"));
    const other = await page.context().newPage();
    await openEditor(other, url);
    await typeAtEnd(other, lines("theirs"));
    await other.keyboard.press("ControlOrMeta+s");
    await waitForState(other, "saved");
    await page.keyboard.press("ControlOrMeta+s");
    await page.locator("dialog[open]").waitFor();
    await page.locator("#difference-panes .cm-chunkButtons").first().waitFor();
    const found = [];
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      // Two frames: the layout of the new size has been made.
      await drawn(page);
      found.push(...(await page.evaluate(looked, width)).map((what) => `${width} × ${height}: ${what}`));
      if (shot) await page.screenshot({ path: shot.replace(/(\.png)?$/, `-${width}x${height}.png`) });
    }
    await other.close();
    return { found, sizes: sizes.length };
  },
};

/** In the page. */
function looked(width) {
  const wrong = [];
  // A phone shows a page that is too wide smaller than it is.
  if (innerWidth !== width) wrong.push(`the page is ${innerWidth} px wide`);
  const dialog = document.querySelector("dialog[open]");
  const inner = dialog.getBoundingClientRect();
  const name = (element) => element.id || element.className;
  if (dialog.scrollHeight > dialog.clientHeight) wrong.push(`the dialog scrolls by ${dialog.scrollHeight - dialog.clientHeight} px`);
  if (dialog.scrollWidth > dialog.clientWidth) wrong.push(`the dialog is ${dialog.scrollWidth - dialog.clientWidth} px too wide`);
  const buttons = [...dialog.querySelectorAll(".actions .button")].filter((button) => button.checkVisibility());
  if (buttons.length !== 5) wrong.push(`${buttons.length} buttons`);
  for (const button of buttons) {
    const { left, right, top, bottom } = button.getBoundingClientRect();
    if (left < inner.left || top < inner.top || right > inner.right || bottom > inner.bottom || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) {
      wrong.push(`${name(button)} is out of sight: ${Math.round(top)} to ${Math.round(bottom)} of ${innerHeight}`);
    }
    for (const [x, y] of [[left + 3, top + 3], [right - 3, bottom - 3], [(left + right) / 2, (top + bottom) / 2]]) {
      if (!button.contains(document.elementFromPoint(x, y))) wrong.push(`${name(button)} is covered`);
    }
    if (button.scrollWidth > button.clientWidth || button.scrollHeight > button.clientHeight) wrong.push(`${name(button)} is too small for its word`);
  }
  // What stands beside each other in the one order stands so on the screen too.
  const parts = [...dialog.querySelectorAll("h2, #conflict-text, .legend, .panes, .places-left")];
  for (const [at, part] of parts.entries()) {
    const next = parts[at + 1];
    if (next !== undefined && part.getBoundingClientRect().bottom > next.getBoundingClientRect().top + 0.5) wrong.push(`${name(next)} lies over ${name(part)}`);
  }
  const panes = dialog.querySelector(".panes");
  if (panes.scrollHeight <= panes.clientHeight) wrong.push("the places do not scroll");
  const line = parseFloat(getComputedStyle(panes.querySelector(".cm-line")).lineHeight);
  if (panes.clientHeight < 3 * line) wrong.push(`the places have ${panes.clientHeight} px, less than three lines`);
  return wrong;
}
