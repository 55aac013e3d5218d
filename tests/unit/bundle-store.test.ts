import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type Artifact, idOf, inOrder } from "../../bundle/artifact.ts";
import { missing } from "../../bundle/progress.ts";
import { cacheRoot, Store } from "../../bundle/store.ts";
import { newFolder } from "../folder.ts";

const artifact = (over: Partial<Artifact> = {}): Artifact => ({
  name: "thing",
  arch: "amd64",
  about: 1,
  inputs: { version: 1 },
  needs: [],
  build: ({ out }) => writeFile(join(out, "file"), "content"),
  ...over,
});
const newStore = () => new Store(newFolder("store"));

/** The last part of an id: the name and the architecture stand before it in any case. */
const keyOf = (one: Artifact): string => idOf(one).split("-").at(-1) ?? "";

test("a key changes with the inputs, the architecture and what is needed, and with nothing else", (t) => {
  const key = keyOf(artifact());
  t.is(keyOf(artifact({ about: 99, build: () => Promise.resolve() })), key);
  t.not(keyOf(artifact({ inputs: { version: 2 } })), key);
  t.not(keyOf(artifact({ arch: "arm64" })), key);
  t.not(keyOf(artifact({ needs: [artifact({ name: "other" })] })), key);
  const onV1 = artifact({ needs: [artifact({ name: "other", inputs: 1 })] });
  const onV2 = artifact({ needs: [artifact({ name: "other", inputs: 2 })] });
  t.not(keyOf(onV1), keyOf(onV2));
});

test("what is needed comes first, and once", (t) => {
  const base = artifact({ name: "base" });
  const a = artifact({ name: "a", needs: [base] });
  const b = artifact({ name: "b", needs: [base, a] });
  t.deepEqual(
    inOrder([b, a]).map(({ name }) => name),
    ["base", "a", "b"],
  );
});

test("an artifact is built once and then found", async (t) => {
  const store = newStore();
  let builds = 0;
  const thing = artifact({ build: ({ out }) => writeFile(join(out, "file"), String(++builds)) });
  const dir = await store.ensure(thing);
  await store.ensure(thing);
  t.is(builds, 1);
  t.is(readFileSync(join(dir, "file"), "utf8"), "1");
  t.deepEqual(missing(store, [thing]), []);
});

test("what stands needs nothing any more", async (t) => {
  const store = newStore();
  const base = artifact({ name: "base" });
  const top = artifact({ name: "top", needs: [base] });
  t.deepEqual(
    missing(store, [top]).map(({ name }) => name),
    ["base", "top"],
  );
  await store.ensure(top);
  t.deepEqual(missing(store, [top]), []);
});

test("a failed build leaves nothing, and its error shows the end of the log and where the log is", async (t) => {
  const store = newStore();
  const thing = artifact({
    build: async ({ out, run }) => {
      writeFileSync(join(out, "half"), "");
      await run("sh", ["-c", "echo the last words; exit 3"]);
    },
  });
  const error = await t.throwsAsync(store.ensure(thing));
  t.regex(error.message, /thing failed[^]*the last words[^]*logs\/thing-amd64-/);
  t.false(store.has(thing));
  t.deepEqual(readdirSync(join(store.root, "artifacts")), []);
});

test("two at once build one artifact once", async (t) => {
  const store = newStore();
  let builds = 0;
  const thing = artifact({
    build: async ({ out }) => {
      builds++;
      await new Promise((resolve) => setTimeout(resolve, 200));
      writeFileSync(join(out, "file"), "");
    },
  });
  await Promise.all([store.ensure(thing), store.ensure(thing)]);
  t.is(builds, 1);
});

test("a build killed with -9 frees its lock, looks like nothing, and is tidied up by the next", async (t) => {
  const store = newStore();
  const thing = artifact();
  const program = `
    import { cacheRoot, Store } from ${JSON.stringify(join(import.meta.dirname, "../../bundle/store.ts"))};
    const thing = { ...${JSON.stringify({ ...thing, build: undefined })}, build: async () => {
      console.log("building");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    } };
    await new Store(${JSON.stringify(store.root)}).ensure(thing);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  t.false(store.has(thing));
  await store.ensure(thing);
  t.true(existsSync(join(store.pathOf(thing), "file")));
  t.deepEqual(readdirSync(join(store.root, "artifacts")), [idOf(thing)]);
});

test("an artifact may only use what it says it needs", async (t) => {
  const other = artifact({ name: "other" });
  const thing = artifact({ build: ({ dirOf }) => Promise.resolve(void dirOf(other)) });
  const error = await t.throwsAsync(newStore().ensure(thing));
  t.regex(error.message, /without saying it needs it/);
});

test("the cache is where the user says, or where caches are", (t) => {
  t.is(cacheRoot({ PODNET_CACHE: "/a", XDG_CACHE_HOME: "/b" }), "/a");
  t.is(cacheRoot({ XDG_CACHE_HOME: "/b" }), "/b/pod-networking-lab");
  t.regex(cacheRoot({}), /\.cache\/pod-networking-lab$/);
});
