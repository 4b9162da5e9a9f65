// Builds web/dist from web/src and web/style: hashed names, each asset also compressed, and two lists for the server.
// It must never put a date, a path or anything random into what it writes: the same sources give the same bytes.
// With --verify it writes nothing and compares. Compressed files are compared by what they hold, because zlib
// may choose other bytes on another processor; everything else byte for byte.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const TARGET = ["chrome109", "firefox115", "safari16.4"];
/** A chunk that is shared is imported wherever it once could have been needed, so what is not needed must not be named. */
const MARKDOWN_ALONE = {
  name: "markdown-alone",
  setup(building) {
    building.onResolve({ filter: /^@codemirror\/lang-html$/ }, ({ importer }) =>
      importer.includes("/@codemirror/lang-markdown/") ? { path: join(HERE, "src/text/languages/no-html.ts") } : undefined,
    );
  },
};
const DECOMPRESS = { ".br": brotliDecompressSync, ".gz": gunzipSync };

const files = await buildAll();
if (process.argv.includes("--verify")) await verify(files);
else await write(files);

/** Every file of dist: name -> bytes. */
async function buildAll() {
  const workers = await buildWorkers();
  const result = await build({
    absWorkingDir: HERE,
    plugins: [MARKDOWN_ALONE],
    define: { WORKERS: JSON.stringify(workers.names) },
    entryPoints: { editor: "src/editor.ts", manage: "src/manage.ts", start: "src/start.ts", style: "style/style.css" },
    bundle: true,
    splitting: true,
    format: "esm",
    target: TARGET,
    minify: true,
    legalComments: "none",
    charset: "utf8",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    outdir: "dist",
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const assets = new Map([...workers.files, ...result.outputFiles].map((file) => [basename(file.path), Buffer.from(file.contents)]));
  const favicon = await readFile(join(HERE, "src/favicon.svg"));
  const faviconName = hashed("favicon", "svg", favicon);
  assets.set(faviconName, favicon);

  const licences = await licencesOf({ ...result.metafile.inputs, ...workers.inputs });
  const licencesName = hashed("licences", "txt", licences);
  assets.set(licencesName, licences);

  const all = new Map();
  for (const [name, bytes] of assets) {
    all.set(name, bytes);
    all.set(`${name}.br`, brotli(bytes));
    all.set(`${name}.gz`, gzip(bytes));
  }
  const outputs = result.metafile.outputs;
  all.set("manifest.json", json({ ...entriesOf(outputs), "favicon.svg": faviconName, "licences.txt": licencesName }));
  all.set("preload.json", json(preloadOf(outputs)));
  return all;
}

/** The threads of the preview, each one file by itself: the policy that an asset is sent with lets it fetch nothing more. */
async function buildWorkers() {
  const names = {};
  const { outputFiles, metafile } = await build({
    absWorkingDir: HERE,
    entryPoints: Object.fromEntries(["markdown", "html", "table"].map((name) => [`${name}-worker`, `src/preview/worker/${name}.ts`])),
    bundle: true,
    format: "iife",
    target: TARGET,
    minify: true,
    legalComments: "none",
    charset: "utf8",
    entryNames: "[name]-[hash]",
    outdir: "dist",
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) names[basename(entryPoint, ".ts")] = basename(path);
  return { files: outputFiles, inputs: metafile.inputs, names };
}

/** Logical name -> file name, for the entry points. */
function entriesOf(outputs) {
  const entries = {};
  for (const [path, output] of Object.entries(outputs)) {
    if (output.entryPoint === "src/editor.ts") entries["editor.js"] = basename(path);
    if (output.entryPoint === "src/manage.ts") entries["manage.js"] = basename(path);
    if (output.entryPoint === "src/start.ts") entries["start.js"] = basename(path);
    if (output.entryPoint === "style/style.css") entries["style.css"] = basename(path);
  }
  return entries;
}

/** The chunks that the editor needs before a text can be edited, so that the page can ask for all of them at once. */
function preloadOf(outputs) {
  const made = (source) => Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
  const needed = new Set([made("src/text/parts.ts")]);
  const visit = (path) => {
    for (const used of outputs[path].imports) {
      if (used.kind !== "import-statement" || needed.has(used.path)) continue;
      needed.add(used.path);
      visit(used.path);
    }
  };
  for (const path of [made("src/editor.ts"), ...needed]) visit(path);
  return [...needed].map((path) => basename(path)).sort();
}

/** The licences of the packages inside the bundle, which ask to go wherever their code goes. */
async function licencesOf(inputs) {
  const packages = new Set();
  for (const path of Object.keys(inputs)) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found) packages.add(found[1]);
  }
  const texts = new Map();
  for (const name of [...packages].sort()) {
    const folder = join(HERE, "node_modules", name);
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    const text = (await readFile(join(folder, file), "utf8")).trim();
    texts.set(text, [...(texts.get(text) ?? []), name]);
  }
  const parts = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  return Buffer.from(`The editor page contains these packages.\n\n${parts.join(`\n${"-".repeat(72)}\n\n`)}`);
}

function hashed(name, extension, bytes) {
  return `${name}-${createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase()}.${extension}`;
}

function json(value) {
  const sorted = Array.isArray(value) ? value : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Buffer.from(`${JSON.stringify(sorted, null, 2)}\n`);
}

function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

function gzip(bytes) {
  const packed = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION, memLevel: 9 });
  // Byte 9 names the operating system that packed it: "unknown", wherever that was. Node writes no time.
  packed[9] = 255;
  return packed;
}

async function write(built) {
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST);
  for (const [name, bytes] of built) await writeFile(join(DIST, name), bytes);
  console.log(`${built.size} files in dist, ${kilobytes(built, (name) => name.endsWith(".br"))} KB as brotli`);
  const { "editor.js": script, "style.css": style } = JSON.parse(built.get("manifest.json"));
  const paint = new Set([script, style].map((name) => `${name}.br`));
  const edit = new Set([...paint, ...JSON.parse(built.get("preload.json")).map((name) => `${name}.br`)]);
  console.log(`first paint: ${kilobytes(built, (name) => paint.has(name))} KB as brotli`);
  console.log(`first edit: ${edit.size} files, ${kilobytes(built, (name) => edit.has(name))} KB as brotli`);
}

function kilobytes(built, chosen) {
  let sum = 0;
  for (const [name, bytes] of built) if (chosen(name)) sum += bytes.length;
  return (sum / 1000).toFixed(1);
}

async function verify(built) {
  const committed = await readdir(DIST);
  const differing = [...new Set([...committed, ...built.keys()])].filter((name) => !committed.includes(name) || !built.has(name));
  for (const name of committed.filter((name) => built.has(name))) {
    if (!meaning(name, await readFile(join(DIST, name))).equals(meaning(name, built.get(name)))) differing.push(name);
  }
  if (differing.length > 0) {
    console.error(`web/dist is not what the sources give; run "npm run build". Differing: ${differing.sort().join(", ")}`);
    process.exitCode = 1;
  }
}

function meaning(name, bytes) {
  const unpack = DECOMPRESS[name.slice(-3)];
  return unpack === undefined ? bytes : unpack(bytes);
}
