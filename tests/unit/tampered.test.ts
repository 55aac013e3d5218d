// Proves what becomes of a cache that somebody has changed: which changes are noticed, which are refused, and that nothing is written through a link in it. It
// does not prove that other changes are noticed: a name there says what a thing was made from, and SECURITY.md says who is trusted with it.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import type { Artifact } from "../../bundle/artifact.ts";
import { bundleKey, recipeFor } from "../../bundle/bundle.ts";
import { defaultOrigin } from "../../bundle/choice.ts";
import { openLog } from "../../bundle/log.ts";
import { describeFiles, type Manifest } from "../../bundle/manifest.ts";
import { keepMeasured } from "../../bundle/measured.ts";
import { hostArch, versions } from "../../bundle/versions.ts";
import { whyNoCache } from "../../cli/parts/cache.ts";

const checkout = join(import.meta.dirname, "..", "..");

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), "podnet-tampered-"));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A cache in which the bundle of this version stands, with one program; its content is what it was when the bundle was made. */
async function cacheWithBundle(t: ExecutionContext): Promise<{ readonly cache: string; readonly program: string }> {
  const cache = folder(t);
  const key = bundleKey(recipeFor("source", hostArch(), defaultOrigin));
  const dir = join(cache, "bundle", key);
  const program = join(dir, "bin/runc");
  mkdirSync(join(dir, "bin"), { recursive: true });
  writeFileSync(program, "runc");
  const files = await describeFiles(dir, ["bin/runc"]);
  const manifest: Manifest = { key, arch: hostArch(), versions, files, images: [] };
  writeFileSync(join(dir, "manifest.json"), JSON.stringify(manifest));
  return { cache, program };
}

/** The program that makes the machine image, with a stand-in for an engine that has none yet, and refuses to build one. */
async function makeImage(t: ExecutionContext, cache: string): Promise<string> {
  const bin = folder(t);
  writeFileSync(join(bin, "docker"), '#!/bin/sh\necho "the engine was asked: $*" >&2\nexit 1\n');
  chmodSync(join(bin, "docker"), 0o755);
  const { stderr, exitCode } = await execa(process.execPath, [join(checkout, "platforms/local/image.ts")], {
    env: {
      PODNET_CACHE: cache,
      ARTIFACTS: "source",
      WAY: "source",
      PATH: [bin, process.env["PATH"]].join(delimiter),
    },
    reject: false,
  });
  t.is(exitCode, 1);
  return stderr;
}

test("a program that was changed in place is noticed before a machine image is made from it, though it is no longer than it was", async (t) => {
  const { cache, program } = await cacheWithBundle(t);
  t.regex(await makeImage(t, cache), /the engine was asked: (image )?build/, "what is sound is built from");
  writeFileSync(program, "RUNC");
  const said = await makeImage(t, cache);
  t.regex(said, /bundle\/\S+ is damaged:\n +bin\/runc has the sum [0-9a-f]{64}, not [0-9a-f]{64}/);
  t.notRegex(said, /the engine was asked: (image )?build/);
});

test("a cache is refused where everybody may exchange what is in it, though not the folder itself", (t) => {
  const cache = folder(t);
  for (const store of ["artifacts", "bundle", "node"]) {
    mkdirSync(join(cache, store));
    t.is(whyNoCache(cache), undefined);
    chmodSync(join(cache, store), 0o777);
    t.is(whyNoCache(cache), `everybody may write to ${join(cache, store)}`);
    chmodSync(join(cache, store), 0o755);
  }
});

test("a log in the cache that is a link is not written through", (t) => {
  const cache = folder(t);
  const target = join(folder(t), "target");
  mkdirSync(join(cache, "logs"));
  writeFileSync(target, "as it was");
  symlinkSync(target, join(cache, "logs/thing.log"));
  return t.throwsAsync(openLog(cache, "thing").run("true", []), { code: "ELOOP" }).then(() => {
    t.is(readFileSync(target, "utf8"), "as it was");
  });
});

test("a note in the cache that is a link is replaced by a file, and where it led to stays as it was", (t) => {
  const cache = folder(t);
  const target = join(folder(t), "target");
  writeFileSync(target, "as it was");
  symlinkSync(target, join(cache, "measured.json"));
  const artifact: Artifact = { name: "a", arch: "amd64", about: 1, inputs: {}, needs: [], build: async () => {} };
  keepMeasured(cache, artifact, 5);
  t.is(readFileSync(target, "utf8"), "as it was");
  t.false(lstatSync(join(cache, "measured.json")).isSymbolicLink());
  t.true(existsSync(join(cache, "measured.json")));
});
