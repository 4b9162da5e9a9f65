// One visit: a browser with a fresh profile, everything its console says, and an end whatever happens.
// It must never keep a profile, and never pass over a message of the console.

import { chromium } from "playwright-core";

export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];
/** As a reader sets it in the browser: 16 px are the usual size. */
const LARGE = "--blink-settings=defaultFontSize=32";
export const PATIENCE_MS = 20_000;

/** Runs the story and adds to what it tells: ok, console, and the failed requests by status and path (no query). */
export async function visit({ width, height = 800, dark, shot, locale = "en-US", forced = false, still = false, large = false }, story) {
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: large ? [...FLAGS, LARGE] : FLAGS });
  try {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      locale,
      forcedColors: forced ? "active" : "none",
      reducedMotion: still ? "reduce" : "no-preference",
      hasTouch: width < 500,
      isMobile: width < 500,
      acceptDownloads: true,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const console = [];
    const failed = [];
    watch(page, console, failed);
    let told;
    try {
      told = { ok: true, ...(await story(page)) };
    } catch (error) {
      told = { ok: false, error: String(error.message ?? error).split("\n")[0] };
    }
    if (shot) await page.screenshot({ path: shot });
    return { ...told, ok: told.ok && console.length === 0, console, failed };
  } finally {
    await browser.close();
  }
}

/** Notes all that a page says on its console, and each request that failed. */
export function watch(page, console, failed) {
  page.on("console", (message) => {
    // The browser itself notes each answer of 400 and more and each broken request; those are told apart, as `failed`.
    const ownNote = message.text().startsWith("Failed to load resource: ");
    if (!ownNote) console.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => console.push(`uncaught: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${new URL(response.url()).pathname}`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "broken";
    // An answer whose body nobody reads is dropped at the end of the visit: that is no failure.
    if (reason !== "net::ERR_ABORTED") failed.push(`${reason} ${new URL(request.url()).pathname}`);
  });
}
