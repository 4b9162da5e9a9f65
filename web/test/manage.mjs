// What somebody does on the pages that manage keys, by the keyboard alone: Tab, Enter, Space, arrows and letters.
// It must never click, and fails where the focus cannot be seen, cannot move on, or a page scrolls sideways.

/** Most steps of Tab to anything on a page. */
const STEPS = 400;

export const MANAGE = {
  /** An administrator signs in, searches, sorts, pages, creates, narrows, shows a link again, derives, revokes, prunes, asks for grants. */
  async admin(page, { url, user, password, type }) {
    const [path, label] = type.split("|");
    const told = {};
    await page.goto(url);
    await write(page, page.locator("#user"), user);
    await write(page, page.locator("#password"), password);
    await go(page, () => page.keyboard.press("Enter"));
    told.first = await list(page);

    await write(page, page.locator("#q"), label);
    await go(page, () => page.keyboard.press("Enter"));
    told.found = await list(page);
    await enter(page, page.getByRole("link", { name: "Show all" }));

    // On a phone the columns have no heads: the order is chosen among the filters.
    if (await page.locator("thead").isVisible()) {
      await enter(page, page.getByRole("link", { name: "File", exact: true }));
    } else {
      await tabTo(page, page.locator("summary"));
      await page.keyboard.press("Enter");
      await tabTo(page, page.locator("#sort"));
      await page.keyboard.type("name, A");
      await enter(page, page.locator("form.search button"));
    }
    told.sorted = { ...(await list(page)), by: await page.locator("th[aria-sort]").getAttribute("aria-sort") };
    await enter(page, page.getByRole("link", { name: "Next page" }));
    told.second = await list(page);

    await enter(page, page.getByRole("link", { name: "New key" }));
    await write(page, page.locator("#path"), "/etc/passwd");
    await go(page, () => page.keyboard.press("Enter"));
    told.refused = await page.getByRole("alert").innerText();
    await write(page, page.locator("#path"), path);
    await write(page, page.locator("#expires"), "30d");
    await write(page, page.locator("#label"), "made by hand");
    await enter(page, page.getByRole("button", { name: "Make the key" }));
    told.made = await bookmark(page);
    await tabTo(page, page.locator("#copy"));
    await page.keyboard.press("Enter");
    await page.locator("#copied:not(:empty)").waitFor();
    told.copied = await page.locator("#copied").innerText();

    await enter(page, page.getByRole("link", { name: "About this key" }));
    await tabTo(page, page.locator("summary", { hasText: "Narrow it" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.locator("#narrow-rights"));
    await page.keyboard.press("ArrowDown");
    await write(page, page.locator("#narrow-idle"), "30d");
    await enter(page, page.getByRole("button", { name: "Narrow this key" }));
    told.narrowed = { said: await said(page), facts: await facts(page) };
    await enter(page, page.getByRole("button", { name: "Show the link again" }));
    told.again = await bookmark(page);
    await enter(page, page.getByRole("link", { name: "About this key" }));
    await tabTo(page, page.locator("summary", { hasText: "Give less away" }));
    await page.keyboard.press("Enter");
    await enter(page, page.getByRole("button", { name: "Make a one-use link" }));
    told.oneUse = await bookmark(page);
    await enter(page, page.getByRole("link", { name: "About this key" }));
    told.above = await page.locator(".line li").allInnerTexts();
    told.traced = await traced(page, page.getByRole("link", { name: path.split("/").pop() }));
    told.keyInPage = (await page.content()).includes(new URL(told.made).searchParams.get("accesskey"));

    await enter(page, page.getByRole("link", { name: "All keys" }).first());
    await write(page, page.locator("#q"), "made by hand");
    await go(page, () => page.keyboard.press("Enter"));
    await tabTo(page, page.locator("#all"));
    await page.keyboard.press("Space");
    told.count = await page.locator("#count").innerText();
    await enter(page, page.getByRole("button", { name: "Revoke the chosen keys…" }));
    told.going = await page.locator(".going li").allInnerTexts();
    await enter(page, page.getByRole("button", { name: "Revoke 2 keys" }));
    told.revoked = await said(page);

    await enter(page, page.getByRole("link", { name: "Prune" }));
    await write(page, page.locator("#expired_for"), "1s");
    await enter(page, page.getByRole("button", { name: "Show what would go" }));
    told.due = { heading: await page.locator("#due-title").innerText(), why: await page.locator('[data-name="Why"]').allInnerTexts() };
    await enter(page, page.getByRole("button", { name: "Prune 1 key" }));
    told.pruned = await said(page);

    await enter(page, page.getByRole("link", { name: "Visitors" }));
    await write(page, page.locator("#visitor"), "users:ann");
    await go(page, () => page.keyboard.press("Enter"));
    told.grants = await page.locator("tbody tr").allInnerTexts();
    return told;
  },

  /** A visitor narrows, gives away and revokes a key of their own; an administrator's pages are not for them. */
  async own(page, { url, user, password }) {
    const told = {};
    await page.goto(url);
    await write(page, page.locator("#user"), user);
    await write(page, page.locator("#password"), password);
    await go(page, () => page.keyboard.press("Enter"));
    await page.locator("#state:not([data-state=loading])").waitFor();
    await page.goto(new URL("./", url).href);
    await looks(page);
    told.menu = await page.locator("nav a").allInnerTexts();
    told.start = await page.locator(".files li").allInnerTexts();
    await enter(page, page.locator(".manage").first());
    told.facts = await facts(page);
    await tabTo(page, page.locator("summary", { hasText: "Give less away" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.locator("#derive-rights"));
    await page.keyboard.press("ArrowDown");
    await write(page, page.locator("#derive-label"), "for bob");
    await enter(page, page.getByRole("button", { name: "Make a narrower key" }));
    told.given = await bookmark(page);
    await enter(page, page.getByRole("link", { name: "About this key" }));
    await enter(page, page.getByRole("button", { name: "Revoke…" }));
    await enter(page, page.getByRole("button", { name: "Revoke 1 key" }));
    told.revoked = await said(page);
    told.left = await list(page);
    told.admin = (await page.goto(new URL("admin", url).href)).status();
    return told;
  },
};

/** Moves the focus by Tab until it is there, and sees that it can be seen. */
export async function tabTo(page, wanted, key = "Tab") {
  const target = await wanted.elementHandle();
  if (target === null) throw new Error("there is nothing to go to");
  for (let step = 0; step < STEPS; step += 1) {
    if (await target.evaluate((element) => document.activeElement === element)) {
      const seen = await target.evaluate((element) => {
        const style = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 && box.width > 1 && box.height > 1;
      });
      if (!seen) throw new Error(`the focus cannot be seen: ${await target.evaluate((element) => element.outerHTML.slice(0, 120))}`);
      return;
    }
    await page.keyboard.press(key);
  }
  throw new Error(`not to be reached by Tab: ${await target.evaluate((element) => element.outerHTML.slice(0, 120))}`);
}

/** Goes there by Tab, presses Enter, and waits for the page that comes. */
async function enter(page, wanted) {
  await tabTo(page, wanted);
  await go(page, () => page.keyboard.press("Enter"));
}

async function write(page, wanted, text) {
  await tabTo(page, wanted);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

async function go(page, press) {
  const arrived = page.waitForEvent("load");
  await press();
  await arrived;
  await looks(page);
}

/** What holds for every page: it does not scroll sideways, each field has a name, and times are of the right form. */
async function looks(page) {
  const wrong = await page.evaluate(() => {
    const over = document.documentElement.scrollWidth - innerWidth;
    const fields = [...document.querySelectorAll("input:not([type=hidden]), select")];
    const nameless = fields.filter((field) => field.labels.length === 0).map((field) => field.outerHTML);
    const heads = [...document.querySelectorAll("table th")].filter((head) => !head.hasAttribute("scope"));
    const tables = [...document.querySelectorAll("table")].filter((table) => table.caption === null);
    return [...(over > 0 ? [`${over} px too wide`] : []), ...nameless, ...heads.map((head) => head.outerHTML), ...tables.map(() => "no caption")];
  });
  if (wrong.length > 0) throw new Error(`${page.url().split("?")[0]}: ${wrong.join("; ")}`);
}

async function list(page) {
  const names = page.locator("tbody .file > a");
  return { title: await page.title(), total: await page.locator(".total").innerText(), count: await names.count(), names: (await names.allInnerTexts()).slice(0, 3) };
}

function bookmark(page) {
  return page.locator("#bookmark").inputValue();
}

function said(page) {
  return page.locator(".said").innerText();
}

async function facts(page) {
  const names = await page.locator(".facts dt").allInnerTexts();
  const texts = await page.locator(".facts dd").allInnerTexts();
  return Object.fromEntries(names.map((name, at) => [name, texts[at]]));
}

/** What the trace of the key behind this link says; the log is written a moment later, so that it is looked at again. */
async function traced(page, link) {
  await enter(page, link);
  const acts = page.locator('.events [data-name="What"]');
  for (let time = 0; time < 40 && (await acts.count()) < 4; time += 1) await page.reload();
  return acts.allInnerTexts();
}
