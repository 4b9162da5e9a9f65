// Previews, as a person sees them: they show what the text says, follow it, and nothing that an author wrote runs or asks anybody.
// It must never look into the server.

import { readFileSync } from "node:fs";

import { build } from "esbuild";

import { openEditor, typeAtEnd, waitForState } from "./stories.mjs";

const PLACE = "#preview";

export const PREVIEW = {
  /** Opens a file and its preview: what is in it. */
  async preview(page, { url, type }) {
    await openEditor(page, url);
    if (await page.locator(PLACE).isHidden()) await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    await made(page);
    await picturesSettled(page);
    const before = await seen(page);
    if (type === "") return { before };
    await typeAtEnd(page, type);
    const last = type.trim();
    await page.waitForFunction((words) => document.querySelector("#preview").shadowRoot.textContent.includes(words), last);
    return { before, after: await seen(page) };
  },

  /** Shows a long text, scrolls it to its middle and to its end; comes back by the keyboard; then a text so large that it is asked first. */
  async "preview-follows"(page, { url }) {
    await openEditor(page, url);
    const button = page.getByRole("button", { name: "Preview", exact: true });
    await button.focus();
    await page.keyboard.press("Enter");
    await made(page);
    const region = page.getByRole("region", { name: "Preview", exact: true });
    const pressed = await button.getAttribute("aria-pressed");
    const heading = () =>
      page.evaluate(() => {
        const place = document.querySelector("#preview");
        const top = place.getBoundingClientRect().top;
        const headings = [...place.shadowRoot.querySelectorAll("h2")];
        return { top: place.scrollTop, first: headings.find((one) => one.getBoundingClientRect().bottom > top)?.textContent, end: place.scrollTop + place.clientHeight >= place.scrollHeight - 2 };
      });
    const start = await heading();
    const scrollTo = (part) => page.evaluate((part) => void (document.querySelector(".text .cm-scroller").scrollTop = part * document.querySelector(".text .cm-scroller").scrollHeight), part);
    await scrollTo(0.5);
    await page.waitForFunction(() => document.querySelector("#preview").scrollTop > 500);
    const middle = await heading();
    await scrollTo(1);
    await page.waitForFunction(() => {
      const place = document.querySelector("#preview");
      return place.scrollTop + place.clientHeight >= place.scrollHeight - 2;
    });
    const times = Number(await page.locator(PLACE).getAttribute("data-made"));
    await replaceAll(page, `# Large\n\n${"words and words\n\n".repeat(70_000)}`);
    const make = region.getByRole("button", { name: "Make the preview" });
    await make.waitFor();
    await make.focus();
    await page.keyboard.press("Enter");
    await made(page, times + 1);
    const paragraphs = await page.waitForFunction(() => {
      const { length } = document.querySelector("#preview").shadowRoot.querySelectorAll("article p");
      return length >= 70_000 && length;
    }, undefined, { timeout: 60_000 }).then((found) => found.jsonValue());
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    await region.waitFor({ state: "hidden" });
    return { pressed, start, middle, paragraphs, hidden: await button.getAttribute("aria-pressed"), focus: await page.evaluate(() => document.activeElement?.className) };
  },

  /** Beside the text the choice is kept; in its place it is a look. */
  async "preview-kept"(page, { url }) {
    // The address that a host gives opens once, the bookmark ever after.
    const open = async (width) => {
      await page.setViewportSize({ width, height: 800 });
      await openEditor(page, page.url().startsWith("http") ? page.url() : url);
    };
    const shownAgain = async (width) => {
      await open(width);
      await page.evaluate(() => new Promise((go) => requestAnimationFrame(() => setTimeout(go))));
      return page.locator(PLACE).isVisible();
    };
    const look = async (width) => {
      await open(width);
      await page.getByRole("button", { name: "Preview", exact: true }).click();
      await made(page);
    };
    await look(700);
    const narrow = { inPlace: !(await page.locator(".text").isVisible()), again: await shownAgain(700), wideAgain: await shownAgain(1440) };
    await look(1440);
    const wide = { beside: await page.locator(".text").isVisible(), again: await shownAgain(1440), narrowAgain: await shownAgain(700) };
    return { narrow, wide };
  },

  /** A picture: what stands around it, its size, a copy of it, and another in its place. */
  async "preview-picture"(page, { url, type }) {
    await openEditor(page, url);
    await made(page);
    await picturesSettled(page);
    const visible = (names) => page.evaluate((names) => names.filter((name) => document.getElementById(name).checkVisibility()), names);
    const around = { state: await page.locator("#state").innerText(), facts: await page.locator("#facts").innerText(), ofText: await visible(["text", "notice", "encoding", "ends", "place", "counts", "save"]) };
    const picture = page.locator("#preview img");
    await page.getByRole("button", { name: "Actual size" }).click();
    const actual = await picture.evaluate((one) => one.width === one.naturalWidth && one.closest(".actual") !== null);
    const [copy] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download a copy" }).click()]);
    const copied = readFileSync(await copy.path()).length;
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Replace by another file" }).click()]);
    await chooser.setFiles({ name: "other.gif", mimeType: "image/gif", buffer: Buffer.from(type, "base64") });
    await page.locator("dialog[open]").getByRole("button", { name: "Replace", exact: true }).click();
    await page.waitForFunction(() => document.querySelector("#facts").textContent === "GIF");
    await picturesSettled(page);
    return { around, actual, copied, after: (await seen(page)).pictures };
  },

  /** A text nested without end, opened and typed into: it can be saved, with its preview or with why there is none. */
  async "preview-deep"(page, { url, type }) {
    await openEditor(page, url);
    // The language has come, or was taken away again.
    await page.waitForFunction(() => document.querySelector("#facts").textContent !== "");
    const shown = await page.getByRole("button", { name: "Preview", exact: true }).isVisible();
    if (shown && (await page.locator(PLACE).isHidden())) await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    if (shown) await madeOrAsked(page, 1);
    const saying = () => page.evaluate(() => document.querySelector("#preview").shadowRoot.querySelector(".said:not([hidden])")?.textContent ?? "");
    const said = shown ? await saying() : "";
    await page.locator(".text .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+End");
    const since = performance.now();
    for (const letter of type) await page.keyboard.press(letter);
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    const tookMs = Math.round(performance.now() - since);
    return { facts: await page.locator("#facts").innerText(), said, tookMs };
  },

  /** What becomes of an author's styles: each of the list by the cleaner itself, in a browser. */
  async "preview-styles"(page, { url }) {
    const script = await bundled("src/preview/styles.ts", "styles");
    await page.goto(new URL("/assets/none", url).href);
    return page.evaluate(`(() => { ${script}; return { cleaned: ${JSON.stringify(SHEETS)}.map(([css]) => styles.cleanSheet(css)), declarations: styles.cleanDeclarations("color: red; background: url(https://evil.example/x) red") }; })()`).then(({ cleaned, declarations }) => ({
      declarations,
      wrong: SHEETS.flatMap(([css, kept], at) => {
        const text = cleaned[at];
        const harm = /evil|url\((?!"data:image\/(?:png|jpeg|gif|webp|avif)[;,])|@import|@font-face|<\/|@namespace url/i.exec(text);
        return harm !== null || !text.includes(kept) ? [{ css, text }] : [];
      }),
      count: SHEETS.length,
    }));
  },

  /** A page that wants to lie over all of the window stays in its frame. */
  async "preview-stays"(page, { url }) {
    await openEditor(page, url);
    if (await page.locator(PLACE).isHidden()) await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    await made(page);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    await frame.waitForFunction(() => document.querySelector("#over") !== null);
    const position = await frame.evaluate(() => getComputedStyle(document.querySelector("#over")).position);
    const within = await page.evaluate(() => {
      const place = document.querySelector("#preview").getBoundingClientRect();
      const frame = document.querySelector("#preview").shadowRoot.querySelector("iframe").getBoundingClientRect();
      const save = document.querySelector("#menu").getBoundingClientRect();
      const hit = document.elementFromPoint(save.x + save.width / 2, save.y + save.height / 2);
      return { inside: frame.left >= place.left - 1 && frame.right <= place.right + 1 && frame.top >= place.top - 1 && frame.bottom <= place.bottom + 1, hit: hit?.closest("button")?.id };
    });
    await page.getByRole("button", { name: "Commands" }).click();
    await page.locator("dialog[open]").waitFor();
    return { position, ...within };
  },

  /** Shows each attack of one kind, typed over the last, and tells what of it worked. */
  async previews(page, { url, choice: listed }) {
    const choice = listed.replace(/^(?:much|more)-/, "");
    const worked = [];
    const asked = watch(page, worked);
    await openEditor(page, url);
    if (await page.locator(PLACE).isHidden()) await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    await made(page);
    await controls(page, asked);
    const ours = await stillShape(page, choice);
    const shown = [];
    for (const [at, { name, text }] of attacks(listed).entries()) {
      asked.now = name;
      const mark = `shown-${at}`;
      const times = Number(await page.locator(PLACE).getAttribute("data-made"));
      await replaceAll(page, marked(choice, mark, text));
      if (at > 0 && (await givenUp(page))) await page.getByRole("button", { name: "Try again" }).click();
      await madeOrAsked(page, times + 1).catch(() => fail(`${name}: no preview was made`));
      await settled(page, choice, mark, name.endsWith("!"));
      for (const found of await findings(page)) worked.push(`${name}: ${found}`);
      for (const found of await page.evaluate(followAll)) worked.push(`${name}: ${found}`);
      const shape = JSON.stringify(await page.evaluate(shapeOfPage));
      if (shape !== ours) worked.push(`${name}: the page is another: ${shape}, not ${ours}`);
      shown.push(name);
    }
    // And the page still works.
    await replaceAll(page, "still here\n");
    await page.keyboard.press("ControlOrMeta+s");
    await waitForState(page, "saved");
    return { shown: shown.length, worked };
  },
};

/** What an author may write into a style, and a part of it that stays. */
const SHEETS = [
  ["p { color: red }", "color: red"],
  ["p { background: url(https://evil.example/a); color: red }", "color: red"],
  ["p { background: url('https://evil.example/a') } q { color: red }", "color: red"],
  ["p { background: u\\72l(https://evil.example/a) } q { color: red }", "color: red"],
  ["p { background: URL( \"https://evil.example/a\" ) } q { color: red }", "color: red"],
  ["p { background: ur/**/l(https://evil.example/a) } q { color: red }", "color: red"],
  ["p { background: url(//evil.example/a\\)b) } q { color: red }", "color: red"],
  ["p { background: image-set(url(https://evil.example/a) 1x, 'https://evil.example/b' 2x) } q { color: red }", "color: red"],
  ["p { background: -webkit-image-set(url(https://evil.example/a) 1x) } q { color: red }", "color: red"],
  ["p { background: cross-fade(url(https://evil.example/a), url(https://evil.example/b)) } q { color: red }", "color: red"],
  ["p { --x: url(https://evil.example/a); background: var(--x) } q { color: red }", "color: red"],
  ["p { --x: 'https://evil.example/a'; background: image-set(var(--x) 1x) } q { color: red }", "color: red"],
  ["p { --x: u\\72l(https://evil.example/a); background: var(--x) } q { color: red }", "color: red"],
  ["p { --x: src('https://evil.example/a') } q { color: red }", "color: red"],
  ["p { content: url(data:image/png;base64,AAAA) }", "url(\"data:image/png;base64,AAAA\")"],
  ["p { content: url(data:image/svg+xml,%3Csvg/%3E); color: red }", "color: red"],
  ["p { content: url(data:text/html,evil); color: red }", "color: red"],
  ["@import 'https://evil.example/a'; p { color: red }", "color: red"],
  ["@import url(https://evil.example/a) layer(x); p { color: red }", "color: red"],
  ["@IMPORT 'https://evil.example/a'; p { color: red }", "color: red"],
  ["@\\69mport 'https://evil.example/a'; p { color: red }", "color: red"],
  ["@font-face { font-family: x; src: url(https://evil.example/a) } p { color: red }", "color: red"],
  ["@media all { @font-face { font-family: x; src: url(https://evil.example/a) } p { color: red } }", "color: red"],
  ["@layer a { p { background: url(https://evil.example/a); color: red } }", "color: red"],
  ["@supports (display: grid) { p { background: url(https://evil.example/a); color: red } }", "color: red"],
  ["@namespace x url(https://evil.example/a); p { color: red }", "color: red"],
  ["@property --y { syntax: '<url>'; inherits: false; initial-value: url(https://evil.example/a) } p { color: red }", "color: red"],
  ["@keyframes x { to { background: url(https://evil.example/a) } } p { color: red }", "color: red"],
  ["p { & q { background: url(https://evil.example/a); color: red } }", "color: red"],
  ["@container (width > 1px) { p { background: url(https://evil.example/a); color: red } }", "color: red"],
  ["/* </style><script>evil</script> */ p { color: red }", "color: red"],
  ["p::before { content: '</style>'; color: red }", "color: red"],
  ["p::before { content: '\\3c/style>'; color: red }", "color: red"],
  ["p[title='</style>'] { color: red }", "color: red"],
  ["p { cursor: url(https://evil.example/a), auto; color: red }", "color: red"],
  ["p { filter: url(https://evil.example/a#x); mask: url(https://evil.example/b); clip-path: url(https://evil.example/c); color: red }", "color: red"],
  ["p { position: fixed; inset: 0; z-index: 2147483647 }", "position: fixed"],
  ["p { color: red", "color: red"],
  ["} p { color: red } q { background: url(https://evil.example/a", ""],
];

/** A part of the page as a script that gives it this name. */
async function bundled(path, globalName) {
  const { outputFiles } = await build({ entryPoints: [new URL(`../${path}`, import.meta.url).pathname], bundle: true, format: "iife", globalName, write: false, logLevel: "silent" });
  return outputFiles[0].text;
}

/** The attacks of one kind, in the order of the list. */
function attacks(kind) {
  const list = readFileSync(new URL("../../tests/hostile/previews.txt", import.meta.url), "utf8");
  const rows = list.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const split = rows.map((row) => /^((?:much-|more-)?(?:md|html|csv|svg)) \| (.*?) \| (.*)$/.exec(row) ?? fail(`no attack: ${row}`));
  return split.filter(([, of]) => of === kind).map(([, , name, text]) => ({ name, text: unescaped(text) }));
}

function fail(why) {
  throw new Error(why);
}

function unescaped(text) {
  const plain = text.replace(/\\(n|t|\||u([0-9a-f]{4}))/g, (_, one, code) => (code ? String.fromCharCode(parseInt(code, 16)) : { n: "\n", t: "\t", "|": "|" }[one]));
  return plain.replace(/\{\{(\d+)\*(.*?)\}\}/gs, (_, times, part) => part.repeat(Number(times)));
}

/** With words that must be seen, so that an attack that was not shown is not taken for one that failed. */
function marked(kind, mark, text) {
  if (kind === "md") return `${mark}\n\n${text}\n`;
  if (kind === "html") return `<p>${mark}</p>${text}`;
  return kind === "csv" ? `${mark},x\n${text}\n` : text;
}

/** Notes every request, window and dialog that the page did not make for itself. */
function watch(page, worked) {
  const asked = { now: "opening", count: 0 };
  const context = page.context();
  context.on("request", (request) => {
    asked.count += 1;
    const { protocol, host, pathname, search } = new URL(request.url());
    if (["data:", "blob:", "about:"].includes(protocol)) return;
    const first = request.isNavigationRequest() && request.frame() === page.mainFrame() && asked.now === "opening";
    const own = host === new URL(page.url()).host || first;
    const known = /^\/(assets\/|api\/file$|api\/file\/events$|api\/file\/near$)/.test(pathname);
    if (first || (own && known && !search.includes("accesskey"))) return;
    worked.push(`${asked.now}: asked ${protocol}//${host}${pathname}`);
  });
  context.on("page", () => worked.push(`${asked.now}: a window was opened`));
  page.on("dialog", (dialog) => {
    worked.push(`${asked.now}: a dialog`);
    void dialog.dismiss();
  });
  page.on("framenavigated", (frame) => {
    if (frame === page.mainFrame() ? asked.now !== "opening" : !frame.url().startsWith("about:")) worked.push(`${asked.now}: went to ${frame.url().split("?")[0]}`);
  });
  return asked;
}

/** What would be seen is seen: a script that runs, and a request. */
async function controls(page, asked) {
  await page.evaluate(() => void (globalThis.ran = 1));
  if ((await findings(page)).length === 0) fail("a script that runs is not noticed");
  await page.evaluate(() => void delete globalThis.ran);
  const before = asked.count;
  await page.evaluate(() => fetch("assets/none", { method: "HEAD" }).catch(() => undefined));
  if (asked.count === before) fail("a request is not noticed");
}

/** Whether the last text took too long: then no other is made until somebody wants it. */
function givenUp(page) {
  return page.evaluate(() => document.querySelector("#preview").shadowRoot.textContent.includes("took too long"));
}

async function replaceAll(page, text) {
  await page.evaluate((inserted) => {
    const content = document.querySelector(".text .cm-content");
    content.focus();
    document.getSelection().selectAllChildren(content);
    const data = new DataTransfer();
    data.setData("text/plain", inserted);
    content.dispatchEvent(new KeyboardEvent("keydown", { key: "a", code: "KeyA", ctrlKey: true, bubbles: true, cancelable: true, keyCode: 65 }));
    content.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

async function settled(page, kind, mark, mayGiveUp) {
  await page.waitForFunction(
    ([kind, mark, mayGiveUp]) => {
      const root = document.querySelector("#preview").shadowRoot;
      if (mayGiveUp && root.querySelector("button") !== null) return true;
      if (root.querySelector("img[data-near]") !== null) return false;
      return kind === "html" || kind === "svg" || root.textContent.includes(mark);
    },
    [kind, mark, mayGiveUp],
  );
  if (kind !== "html") return;
  for (let tries = 0; ; tries += 1) {
    const frame = page.frames().find((one) => one !== page.mainFrame());
    const given = await page.evaluate(() => document.querySelector("#preview").shadowRoot.querySelector("button") !== null);
    if (given && mayGiveUp) return;
    if (given) fail(`${mark} was given up`);
    const text = await frame?.evaluate(() => document.body?.textContent ?? "").catch(() => "");
    if (text?.includes(mark)) return;
    if (tries > 200) fail(`${mark} is not shown`);
    await new Promise((go) => setTimeout(go, 25));
  }
}

/** What ran, and what of an author stands where it could do harm. */
async function findings(page) {
  const found = [];
  for (const frame of page.frames()) {
    const main = frame === page.mainFrame();
    found.push(...(await frame.evaluate(harmful, main).catch((error) => [`cannot be looked at: ${error.message}`])));
  }
  return found;
}

function harmful(main) {
  const found = [];
  if (Object.hasOwn(globalThis, "ran") && globalThis.ran === 1) found.push("it ran");
  const root = main ? document.querySelector("#preview").shadowRoot : document;
  const known = /^(https?:|mailto:|about:srcdoc#)/;
  for (const element of root.querySelectorAll("*")) {
    const name = element.localName;
    if (/^(script|object|embed|link|base|form|frame|svg|math|template|video|audio|source|track|portal|dialog)$/.test(name)) found.push(`<${name}>`);
    if (name === "iframe" && !(main && element.getAttribute("sandbox") === "allow-popups allow-popups-to-escape-sandbox")) found.push("<iframe>");
    if (name === "meta" && (main || element.httpEquiv !== "Content-Security-Policy" || !element.content.startsWith("default-src 'none'; "))) found.push("<meta>");
    if (name === "style" && /evil|@import|javascript/.test(element.textContent)) found.push(`<style> ${element.textContent.slice(0, 80)}`);
    for (const { name: attribute, value } of element.attributes) {
      if (/^(on|style$|action|formaction|background|srcset|poster|ping|srcdoc$|xlink)/.test(attribute) && !(name === "iframe" && attribute === "srcdoc")) found.push(`${attribute} of <${name}>`);
      if (attribute === "href" && !known.test(value)) found.push(`href="${value.slice(0, 40)}"`);
      if (attribute === "href" && /^https?:/.test(value) && (element.rel !== "noopener noreferrer" || element.target !== "_blank")) found.push("a link with a way back");
      if (attribute === "src" && !/^(data:image\/|blob:)/.test(value)) found.push(`src="${value.slice(0, 40)}"`);
    }
  }
  return found;
}

/** Presses what is no link to elsewhere. */
function followAll() {
  const root = document.querySelector("#preview").shadowRoot;
  for (const link of [...root.querySelectorAll("a:not([href])")].slice(0, 50)) link.click();
  return Object.hasOwn(globalThis, "ran") ? ["a link ran"] : [];
}

/** What must not change, whatever is shown. */
function shapeOfPage() {
  const names = ["page", "text", "state", "save", "preview", "notice", "conflict", "facts"];
  const elements = names.map((name) => `${name} ${document.getElementById(name)?.localName} ${typeof window[name]}`);
  return [...elements, document.querySelectorAll("body *").length - document.querySelectorAll(".text *").length, document.cookie, location.hash, typeof document.body, typeof document.getElementById];
}

/** The shape of the page once its own last parts have come: the same for half a second, with a text of no harm behind it. */
async function stillShape(page, choice) {
  const times = Number(await page.locator(PLACE).getAttribute("data-made"));
  await replaceAll(page, choice === "svg" ? '<svg xmlns="http://www.w3.org/2000/svg"/>' : "no harm\n");
  await made(page, times + 1);
  let shape = "";
  for (let same = 0; same < 10; await new Promise((go) => setTimeout(go, 50))) {
    const now = JSON.stringify(await page.evaluate(shapeOfPage));
    same = now === shape ? same + 1 : 0;
    shape = now;
  }
  return shape;
}

/** Waits until a preview was made once more than before. */
export async function made(page, times = 1) {
  await page.waitForFunction((least) => Number(document.querySelector("#preview").dataset.made ?? 0) >= least, times, { timeout: 60_000 });
}

/** The same, of a text that may be so large that it is asked first. */
async function madeOrAsked(page, times) {
  const ask = page.getByRole("button", { name: "Make the preview" });
  const done = await Promise.race([made(page, times).then(() => true), ask.waitFor({ timeout: 60_000 }).then(() => false)]);
  if (done) return;
  await ask.click();
  await made(page, times);
}

async function picturesSettled(page) {
  await page.waitForFunction(() => {
    const pictures = [...document.querySelector("#preview").shadowRoot.querySelectorAll("img")];
    return pictures.every((picture) => picture.complete && !picture.hasAttribute("data-near"));
  });
}

function seen(page) {
  return page.evaluate(() => {
    const root = document.querySelector("#preview").shadowRoot;
    const count = (selector) => root.querySelectorAll(selector).length;
    return {
      text: root.textContent.replace(/\s+/g, " ").trim(),
      headings: count("h1, h2, h3"),
      tables: count("table"),
      boxes: count('input[type="checkbox"][disabled]'),
      notes: count(".footnotes li"),
      pictures: [...root.querySelectorAll("img")].filter((one) => one.naturalWidth > 0).map((one) => one.src.split(/[:;,]/).slice(0, 2).join(":").replace(/:\/\/.*|:http$/, "")),
      leftOut: [...root.querySelectorAll(".left-out")].map((one) => one.textContent),
      frames: [...root.querySelectorAll("iframe")].map((one) => one.getAttribute("sandbox")),
    };
  });
}
