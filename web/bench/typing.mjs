// How the editor feels in a long file: what comes over the wire before the first edit, how long that takes on a cold cache,
// and how long a key takes to be seen. A real server, headless Chromium, files made here.
//   node bench/typing.mjs --server ../target/release/editkey [--keys 500] [--megabytes 5] [--only NAME,NAME] [--trace]
// --trace names what the main thread did in its longest tasks while the keys were typed.
// It must never keep a file, a server or a browser, and never count what another program did meanwhile: run it alone.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "../target/release/editkey" },
    keys: { type: "string", default: "500" },
    megabytes: { type: "string", default: "5" },
    only: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});
const KEYS = Number(values.keys);
const BYTES = Number(values.megabytes) * 1_000_000;
/** A slow phone's network, as Lighthouse has it: 1.6 Mbit/s down, 150 ms. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const SAYINGS = "the quick brown fox jumps over lazy dogs and somebody writes many more lines of plain text for a reader to see".split(" ");

const folder = mkdtempSync(join(tmpdir(), "editkey-typing-"));
const files = { "long.md": markdown(BYTES), "long.txt": plain(BYTES), "middle.md": markdown(200_000), "short.md": markdown(2_000) };
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
const { server, urls } = await serve(Object.keys(files).map((name) => join(folder, name)));
try {
  const rows = [];
  for (const [name, url] of urls.filter(([name]) => values.only === undefined || values.only.split(",").includes(name))) {
    rows.push(await measured(name, url, undefined));
    if (name.endsWith(".md")) rows.push(await measured(`${name}, preview`, url, undefined, true));
    if (name === "short.md") rows.push(await measured(`${name}, slow network`, url, SLOW));
  }
  console.table(rows);
} finally {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true });
}

async function measured(name, url, network, preview = false) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const cdp = await page.context().newCDPSession(page);
    let bytes = 0;
    await cdp.send("Network.enable");
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    cdp.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    if (network !== undefined) await cdp.send("Network.emulateNetworkConditions", network);
    const begun = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator('.text .cm-content[contenteditable="true"]').waitFor();
    const editable = performance.now() - begun;
    // The answer of the file is counted a moment after its bytes are there.
    await page.waitForTimeout(300);
    const first = bytes;
    if (preview) await page.keyboard.press("ControlOrMeta+Alt+KeyP");
    if (preview) await page.waitForFunction(() => document.querySelector("#preview").shadowRoot?.querySelector("article > *, button") != null);
    await page.locator(".text .cm-content").focus();
    // What is fetched and counted when nothing else is to be done is over by then.
    await page.waitForTimeout(3_000);
    await page.evaluate(listen);
    const traced = values.trace ? await trace(cdp) : undefined;
    const before = await work(cdp);
    await page.keyboard.press("PageDown");
    await page.keyboard.press("End");
    for (let key = 0; key < KEYS; key += 1) {
      await page.keyboard.press(key % 60 === 59 ? "Enter" : key % 6 === 5 ? "Space" : "e");
      await page.waitForTimeout(20);
    }
    const worked = ((await work(cdp)) - before) / KEYS;
    const { told, processor } = (await traced?.()) ?? {};
    if (told !== undefined) console.log(name, told);
    const delays = await page.evaluate(() => window.delays);
    const sorted = delays.slice(2).sort((a, b) => a - b);
    const at = (part) => Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(1));
    return { file: name, "kB to first edit": Math.round(first / 1000), "ms to first edit": Math.round(editable), keys: sorted.length, "median ms": at(0.5), "99th ms": at(0.99), "worst ms": at(1), "ms of work a key": Number(worked.toFixed(1)), ...(processor === undefined ? {} : { "longest task, ms on a processor": processor }) };
  } finally {
    await browser.close();
  }
}

/** Milliseconds of the page's main thread, by its own clock: other programs do not count. */
async function work(cdp) {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
}

/** Writes down what happens from now on; the result tells the longest tasks of the page's main thread and what they held. */
async function trace(cdp) {
  const events = [];
  cdp.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await cdp.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["devtools.timeline", "v8", "disabled-by-default-v8.gc", "toplevel", "blink.user_timing"] } });
  return async () => {
    const ended = new Promise((done) => cdp.once("Tracing.tracingComplete", done));
    await cdp.send("Tracing.end");
    await ended;
    const main = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`);
    const own = events.filter(({ ph, pid, tid }) => ph === "X" && main.includes(`${pid} ${tid}`));
    const tasks = own.filter(({ name }) => name.endsWith("RunTask"));
    const most = (of) => tasks.toSorted((a, b) => (b[of] ?? 0) - (a[of] ?? 0));
    const processor = Number((Math.max(...tasks.map(({ tdur }) => tdur ?? 0)) / 1_000).toFixed(1));
    const told = [...new Set([...most("dur").slice(0, 3), ...most("tdur").slice(0, 3)])].map((task) => {
      const held = own.filter((event) => event !== task && event.pid === task.pid && event.tid === task.tid && event.ts >= task.ts && event.ts + event.dur <= task.ts + task.dur && event.dur > 2_000);
      const parts = held.sort((a, b) => b.dur - a.dur).slice(0, 8).map(({ name, dur, tdur, args }) => `${name}${args?.data?.type ? ` ${args.data.type}` : ""}${args?.data?.functionName ? ` ${args.data.functionName}` : ""} ${Math.round(dur / 1_000)} (${Math.round((tdur ?? 0) / 1_000)})`);
      return `${Math.round(task.dur / 1_000)} ms (${Math.round((task.tdur ?? 0) / 1_000)} of them on a processor): ${parts.join(", ")}`;
    });
    return { told, processor };
  };
}

/** From the key to the frame that shows it: the handlers have run, the layout is made, and the frame after it begins. */
function listen() {
  window.delays = [];
  addEventListener(
    "keydown",
    (event) => {
      const { timeStamp } = event;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.delays.push(performance.now() - timeStamp);
        port2.postMessage(0);
      });
    },
    true,
  );
}

async function serve(paths) {
  const port = await new Promise((resolve) => {
    const asked = createServer().listen(0, "127.0.0.1", () => {
      const { port } = asked.address();
      asked.close(() => resolve(port));
    });
  });
  const server = spawn(values.server, ["open", "--no-browser", "--listen", `127.0.0.1:${port}`, ...paths], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder } });
  const urls = [];
  let said = "";
  for await (const piece of server.stdout) {
    said += piece;
    const found = [...said.matchAll(/http\S+accesskey=\S+(?=\s)/g)].map(([url]) => url);
    if (found.length < paths.length) continue;
    urls.push(...found.map((url, index) => [paths[index].split("/").at(-1), url]));
    break;
  }
  server.stdout.resume?.();
  return { server, urls };
}

function plain(bytes) {
  return lines(bytes, (line) => said(line, 5 + ((line * 7) % 14)));
}

function markdown(bytes) {
  return lines(bytes, (line) => (line % 20 === 0 ? `\n## Heading ${line}\n` : line % 7 === 0 ? `- item with \`code\`, **bold** and [a link](https://example.org/${line})` : said(line, 5 + ((line * 7) % 14))));
}

function lines(bytes, make) {
  const all = [];
  for (let size = 0, line = 1; size < bytes; line += 1) {
    const text = make(line);
    all.push(text);
    size += text.length + 1;
  }
  return `${all.join("\n")}\n`;
}

function said(line, count) {
  return Array.from({ length: count }, (_, at) => SAYINGS[(line * 31 + at * 17) % SAYINGS.length]).join(" ");
}
