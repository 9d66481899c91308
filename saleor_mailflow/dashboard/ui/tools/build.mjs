// Builds static/ from src/: hashed names, the shell page, and a manifest with the digest of every source, by which a test
// knows without Node whether what is committed is current. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL("..", import.meta.url));
const target = join(here, "..", "static");

const sources = ["index.html", "package.json", "package-lock.json", "tsconfig.json", "src", "tools", "queries"];

function files(path) {
  const all = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return all.map((one) => join(one.parentPath ?? one.path, one.name));
}

/** Digest names and contents of all sources; tests/unit/dashboard/test_built.py does the same. */
function digest() {
  const named = sources.flatMap((one) => (/\.(html|json)$/.test(one) ? [join(here, one)] : files(join(here, one))));
  const told = createHash("sha256");
  for (const path of named.map((one) => relative(here, one).replaceAll("\\", "/")).sort()) {
    told.update(`${path}\n`);
    told.update(createHash("sha256").update(readFileSync(join(here, path))).digest("hex") + "\n");
  }
  return told.digest("hex");
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const made = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.tsx"],
  outdir: target,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  legalComments: "none",
  charset: "utf8",
  metafile: true,
  logLevel: "warning",
});

const outputs = Object.entries(made.metafile.outputs).map(([path, one]) => ({ name: basename(path), ...one }));
const byName = new Map(outputs.map((one) => [one.name, one]));
const entry = outputs.find((one) => one.entryPoint === "src/main.tsx");
const first = new Set();
(function follow(name) {
  if (first.has(name)) return;
  first.add(name);
  for (const one of byName.get(name).imports) if (one.kind === "import-statement") follow(basename(one.path));
})(entry.name);
const style = basename(entry.cssBundle);
const preload = [...first].filter((name) => name !== entry.name).sort();
const shown = [
  `<link rel="stylesheet" href="{{mount}}/static/${style}">`,
  ...preload.map((name) => `<link rel="modulepreload" href="{{mount}}/static/${name}">`),
  `<script type="module" src="{{mount}}/static/${entry.name}"></script>`,
].join("\n");
writeFileSync(join(target, "index.html"), readFileSync(join(here, "index.html"), "utf8").replace("{{assets}}", shown));
const sizes = (name) => {
  const bytes = readFileSync(join(target, name));
  return { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
};
const assets = outputs.map((one) => one.name).sort();
const manifest = {
  sources: digest(),
  script: entry.name,
  style,
  preload,
  assets: Object.fromEntries(assets.map((name) => [name, sizes(name)])),
};
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
const load = [style, entry.name, ...preload].reduce((sum, name) => sum + manifest.assets[name].gzip, 0);
console.log(`${assets.length} files; the first load is ${(load / 1024).toFixed(1)} KB compressed.`);
