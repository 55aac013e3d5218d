// States which files a local command's assetPaths and archivePaths return.
import { mkdirSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import test from "ava";
import { isArchive, isAsset, isObject, Plugin, type Properties, tempDir } from "./plugin.ts";

let plugin: Plugin;
const dir = tempDir("files");

test.before(async () => {
  for (const path of [
    "assets/logos/logo.svg",
    "src/index.js",
    "src/secret.js",
    "src/deep/more.js",
    "top.txt",
    "a1",
    "b1",
  ]) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), `content of ${path}`);
  }
  plugin = await Plugin.start();
});
test.after.always(async () => plugin?.stop());

async function chosen(...assetPaths: string[]): Promise<string[]> {
  const { state } = await plugin.create("local:Command", { create: "true", dir, assetPaths });
  return Object.keys(state.assets as Properties).sort();
}

test("the example of the documentation", async (t) => {
  t.deepEqual(await chosen("assets/**", "src/**.js", "!**secret.*"), [
    "assets/logos/logo.svg",
    "src/deep/more.js",
    "src/index.js",
  ]);
});
test("one star stays within a path element", async (t) => {
  t.deepEqual(await chosen("*"), ["a1", "b1", "top.txt"]);
  t.deepEqual(await chosen("src/*.js"), ["src/index.js", "src/secret.js"]);
});
test("a question mark, a class, a negated class and alternatives", async (t) => {
  t.deepEqual(await chosen("?1"), ["a1", "b1"]);
  t.deepEqual(await chosen("[a]1"), ["a1"]);
  t.deepEqual(await chosen("[!a]1"), ["b1"]);
  t.deepEqual(await chosen("{top.*,b1}"), ["b1", "top.txt"]);
});
test("rules apply in order", async (t) => {
  t.deepEqual(await chosen("!a1", "?1"), ["a1", "b1"]);
});
test("patterns that match nothing give an empty map", async (t) => {
  t.deepEqual(await chosen("nothing"), []);
});

test("an asset is the file's path with the hash of its content", async (t) => {
  const { state } = await plugin.create("local:Command", {
    create: "mkdir new; printf made > new/made.txt",
    dir,
    assetPaths: ["new/made.txt"],
  });
  const made = (state.assets as Properties)["new/made.txt"];
  t.true(isAsset(made));
  t.like(made, { path: join(dir, "new/made.txt"), hash: createHash("sha256").update("made").digest("hex") });
});

test("archivePaths give one archive of assets", async (t) => {
  const { state } = await plugin.create("local:Command", { create: "true", dir, archivePaths: ["src/*"] });
  t.true(isArchive(state.archive));
  const { assets } = state.archive as Properties;
  t.true(isObject(assets));
  t.deepEqual(Object.keys(assets as Properties).sort(), ["src/index.js", "src/secret.js"]);
});

test("without paths there is neither", async (t) => {
  const { state } = await plugin.create("local:Command", { create: "true", dir });
  t.false("assets" in state && state.assets !== null);
  t.false("archive" in state && state.archive !== null);
});

test("local.run returns files too", async (t) => {
  const result = await plugin.run({ command: "true", dir, assetPaths: ["top.txt"] });
  t.deepEqual(Object.keys(result.assets as Properties), ["top.txt"]);
});
