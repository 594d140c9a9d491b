// Bundles the page: node build.mjs OUTPUT. Files get their hash into their names, so that they may be cached for ever;
// index.html names the current ones.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ?? join(here, "..", "build", "ui");
const fresh = `${output}.new`;

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx", style: "src/styles/index.css" },
  outdir: join(fresh, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});

const made = (source) => {
  const [path] = Object.entries(metafile.outputs).find(([, file]) => file.entryPoint === source);
  return `/ui/assets/${basename(path)}`;
};
const page = await readFile(join(here, "index.html"), "utf8");
await writeFile(
  join(fresh, "index.html"),
  page.replace("@script@", made("src/main.tsx")).replace("@style@", made("src/styles/index.css")),
);
await copyFile(join(here, "icon.svg"), join(fresh, "icon.svg"));

// Replaced whole, so that a build that fails leaves the page that was there.
await rm(output, { recursive: true, force: true });
await rename(fresh, output);
