// Runs the unit tests: bundles each test/*.test.ts for node and hands it to node's own test runner.
// It must never leave a file behind.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = mkdtempSync(join(tmpdir(), "editkey-unit-"));
try {
  const entryPoints = readdirSync(here).filter((name) => name.endsWith(".test.ts"));
  await build({
    absWorkingDir: here,
    entryPoints,
    bundle: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    outdir,
    logLevel: "warning",
  });
  const tests = readdirSync(outdir).map((name) => join(outdir, name));
  process.exitCode = spawnSync(process.execPath, ["--test", ...tests], { stdio: "inherit", cwd: dirname(here) }).status ?? 1;
} finally {
  rmSync(outdir, { recursive: true });
}
