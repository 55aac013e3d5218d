// Which way "auto" takes, with sites on loopback that answer as upstream's do, or do not.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { ensureBundle } from "../../../bundle/build.ts";
import { bundleKey } from "../../../bundle/bundle-key.ts";
import {
  bundleDir,
  type Choice,
  decideWay,
  keepAnswer,
  knownWay,
  recipeFor,
  type Way,
} from "../../../bundle/choice.ts";
import { defaultOrigin } from "../../../bundle/origin.ts";
import { programPackages, cranePackage } from "../../../bundle/release/plan.ts";
import { openSite, type Site } from "../../upstream/site.ts";

const cache = mkdtempSync(join(tmpdir(), "podnet-auto-"));
process.env["PODNET_CACHE"] = cache;
test.after.always(() => rmSync(cache, { recursive: true, force: true }));

/** A site that is download mirror and registry in one. */
async function upstream(): Promise<{ site: Site; choice: Choice }> {
  const site = await openSite({ "/v2/": "{}" });
  const mirrors = {
    downloads: `${site.url}/files`,
    registries: { "registry.k8s.io": site.url, "ghcr.io": site.url, "docker.io": site.url },
  };
  const origin = { ...defaultOrigin, mirrors };
  for (const { downloads } of [...programPackages("amd64", origin), cranePackage("amd64", mirrors)]) {
    for (const { sums } of downloads) site.pages.set(new URL(sums).pathname, "ab".repeat(32));
  }
  return { site, choice: { ...origin, artifacts: "auto" } };
}

async function decide(choice: Choice): Promise<{ way: Way; said: string }> {
  const said: string[] = [];
  const way = await decideWay(choice, "amd64", (line) => said.push(line));
  return { way, said: said.join("\n") };
}

/** A bundle of nothing, but whole. */
function stand(choice: Choice, way: Way): () => void {
  const dir = bundleDir(bundleKey(recipeFor(way, "amd64", choice)));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "manifest.json"), JSON.stringify({ files: [], images: [] }));
  return () => rmSync(dir, { recursive: true });
}

test.serial("the release is taken where every origin answers; nobody is asked twice", async (t) => {
  const { site, choice } = await upstream();
  t.deepEqual(await decide(choice), {
    way: "release",
    said: "Artifacts: upstream's own releases, which can be reached",
  });
  site.asked.length = 0;
  t.deepEqual(await decide(choice), { way: "release", said: "" });
  t.deepEqual(site.asked, []);
  await site.close();
});

test.serial("where nobody answers it is built from source, said in one line, within ten seconds", async (t) => {
  const { site, choice } = await upstream();
  await site.close();
  const begun = Date.now();
  const { way, said } = await decide(choice);
  t.is(way, "source");
  t.is(said, `Artifacts: built from source, for ${new URL(site.url).host} does not answer`);
  t.true(Date.now() - begun < 10_000);
  t.deepEqual(await decide(choice), { way: "source", said: "" });
});

test.serial("a page in the place of a sum is no answer, nor is a registry that denies itself", async (t) => {
  const { site, choice } = await upstream();
  const pages = [...site.pages];
  for (const [path] of pages) if (path !== "/v2/") site.pages.set(path, "<html>please log in</html>");
  t.regex((await decide(choice)).said, /built from source, for .* answers with something else than a published sum$/);
  const other: Choice = { ...choice, mirrors: { ...choice.mirrors, apt: "https://other.example" } };
  for (const [path, page] of pages) site.pages.set(path, page);
  site.pages.delete("/v2/");
  t.regex((await decide(other)).said, /built from source, for .* answers 404, as no registry does$/);
  await site.close();
});

test.serial("what stands decides, and goes on deciding when the other comes to stand beside it", async (t) => {
  const { site, choice } = await upstream();
  await site.close();
  const fall = stand(choice, "release");
  t.deepEqual(await decide(choice), { way: "release", said: "" });
  const fallToo = stand(choice, "source");
  t.deepEqual(await decide(choice), { way: "release", said: "" });
  fall();
  fallToo();
});

test.serial("an answer without its bundle is forgotten after an hour, one with it never", async (t) => {
  const { site, choice } = await upstream();
  await site.close();
  keepAnswer(choice, "amd64", "source");
  const later = (minutes: number) => knownWay(choice, "amd64", Date.now() + minutes * 60_000);
  t.is(later(59), "source");
  t.is(later(61), undefined);
  const fall = stand(choice, "source");
  t.is(later(10 * 365 * 24 * 60), "source");
  fall();
});

test.serial("a choice of the config asks nobody", async (t) => {
  const { site, choice } = await upstream();
  for (const artifacts of ["release", "source"] as const) {
    t.is((await decide({ ...choice, artifacts })).way, artifacts);
  }
  t.deepEqual(site.asked, []);
  await site.close();
});

test.serial(
  "where part of a release cannot be had after all, the bundle comes from source, and the answer is another one",
  async (t) => {
    const { site, choice } = await upstream();
    keepAnswer(choice, "amd64", "release");
    const fall = stand(choice, "source");
    // crane comes first, and is not there.
    const said: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
    const { dir } = await ensureBundle("amd64", { choice }).finally(() => (process.stderr.write = write));
    t.regex(dir, /bundle\/[0-9a-f]{16}$/);
    t.regex(said.at(-1) ?? "", /^Artifacts: built from source after all: cannot fetch http:.*404\n$/);
    t.is(knownWay(choice, "amd64"), "source");
    fall();
    await site.close();
  },
);

test.serial("what is tampered with is never answered by building from source", async (t) => {
  const { site, choice } = await upstream();
  for (const path of [...site.pages.keys()].filter((name) => name !== "/v2/")) {
    site.pages.set(
      path.replace(/checksums\.txt$/, "go-containerregistry_Linux_x86_64.tar.gz").replace(/\.sha256(sum)?$/, ""),
      "tampered",
    );
  }
  keepAnswer(choice, "amd64", "release");
  const fall = stand(choice, "source");
  const error = await t.throwsAsync(ensureBundle("amd64", { choice }));
  t.regex(error.message, /is not what its maker published/);
  t.is(knownWay(choice, "amd64"), "release");
  fall();
  await site.close();
});

test.serial("a release that the config insists on fails with the address and the two ways out", async (t) => {
  const { site, choice } = await upstream();
  const error = await t.throwsAsync(ensureBundle("amd64", { choice: { ...choice, artifacts: "release" } }));
  t.regex(error.message, new RegExp(`cannot fetch ${site.url}/files/`));
  t.regex(error.message, /mirrors names other places to take it from; artifacts: source builds it here/);
  await site.close();
});
