// A browser with a profile that outlives it, so that it can be killed as a crash would end it and started again.
// It must never outlive the story that started it, nor leave its profile behind.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { EXECUTABLE, FLAGS, PATIENCE_MS } from "./visit.mjs";

/** Gives the story a way to start a browser on one profile, again and again. */
export async function withProfile(story) {
  const profile = mkdtempSync(join(tmpdir(), "editkey-profile-"));
  const started = [];
  try {
    return await story(async () => {
      const browser = await start(profile);
      started.push(browser);
      return browser;
    });
  } finally {
    for (const browser of started) await browser.kill();
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function start(profile) {
  const active = join(profile, "DevToolsActivePort");
  rmSync(active, { force: true });
  const flags = [...FLAGS, "--headless", "--no-default-browser-check", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
  // A group of its own: a crash takes all of its processes along.
  const child = spawn(EXECUTABLE, flags, { detached: true, stdio: "ignore" });
  const ended = once(child, "exit");
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  process.once("exit", () => void kill());
  const port = await awaited(() => readFileSync(active, "utf8").split("\n")[0]);
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  const context = browser.contexts()[0];
  context.setDefaultTimeout(PATIENCE_MS);
  return { page: () => context.newPage(), kill };
}

/** What `look` gives as soon as it gives something. */
export async function awaited(look) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    try {
      const found = look();
      if (found) return found;
    } catch {
      // Not there yet.
    }
  }
  throw new Error(`still not after ${PATIENCE_MS} ms: ${look}`);
}
