// Which way "auto" takes, with sites on loopback that answer as upstream's do, or do not.
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { idOf } from "../../../bundle/artifact.ts";
import { ensureBundle } from "../../../bundle/build.ts";
import { bundleDir, bundleKey, recipeFor } from "../../../bundle/bundle.ts";
import { type Choice, type Decided, defaultOrigin, settled, type Way } from "../../../bundle/choice.ts";
import {
  bundleSubject,
  decide as decideOn,
  keepAnswer,
  knownDecision,
  knownWay,
  type Subject,
} from "../../../bundle/decide.ts";
import { forHosts } from "../../../bundle/recipes/index.ts";
import { programPackages, cranePackage } from "../../../bundle/release/plan.ts";
import { Store } from "../../../bundle/store.ts";
import { hostArch } from "../../../bundle/versions.ts";
import { diskSubject, ensureDisk, vmDisk } from "../../../platforms/vm/disk.ts";
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
  return { site, choice: { ...origin, way: "auto" } };
}

const subject = (choice: Choice) => bundleSubject(choice, "amd64");
const open = (choice: Choice): Decided => ({ ...choice, way: "release", open: true });

async function decide(choice: Choice): Promise<{ way: Way; said: string }> {
  const said: string[] = [];
  const { way } = await decideOn(subject(choice), choice, (line) => said.push(line));
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

test.serial(
  "where nobody answers it is built from source, said in one line, and asked again at the next build",
  async (t) => {
    const { site, choice } = await upstream();
    await site.close();
    const { way, said } = await decide(choice);
    t.is(way, "source");
    t.is(
      said,
      `Artifacts: built from source, because ${new URL(site.url).host} does not answer; the config key artifacts chooses otherwise`,
    );
    t.is(knownWay(subject(choice), choice), undefined);
    const fall = stand(choice, "source");
    t.deepEqual(await decide(choice), { way: "source", said: "" });
    fall();
  },
);

test.serial("a page in the place of a sum is no answer, nor is a registry that denies itself", async (t) => {
  const { site, choice } = await upstream();
  const pages = [...site.pages];
  for (const [path] of pages) if (path !== "/v2/") site.pages.set(path, "<html>please log in</html>");
  t.regex(
    (await decide(choice)).said,
    /built from source, because .* answers with something else than a published sum;/,
  );
  const other: Choice = { ...choice, mirrors: { ...choice.mirrors, apt: "https://other.example" } };
  for (const [path, page] of pages) site.pages.set(path, page);
  site.pages.delete("/v2/");
  t.regex((await decide(other)).said, /built from source, because .* answers 404, as no registry does;/);
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

test.serial("a release that was found reachable is known for an hour, and for ever where it stands", async (t) => {
  const { site, choice } = await upstream();
  await site.close();
  keepAnswer(subject(choice), "release");
  const later = (minutes: number) => knownWay(subject(choice), choice, Date.now() + minutes * 60_000);
  t.is(later(59), "release");
  t.is(later(61), undefined);
  const fall = stand(choice, "release");
  t.is(later(10 * 365 * 24 * 60), "release");
  fall();
});

test.serial("an answer takes another's place as a whole: who is reading the old one reads it to its end", async (t) => {
  const { site, choice } = await upstream();
  await site.close();
  const folder = join(cache, "auto");
  const file = join(folder, `${subject(choice).id}.json`);
  keepAnswer(subject(choice), "release");
  // A name of the same file: writing in place would show here.
  linkSync(file, `${file}.reader`);
  const before = readFileSync(file, "utf8");
  keepAnswer(subject(choice), "source");
  t.is(readFileSync(`${file}.reader`, "utf8"), before);
  t.regex(readFileSync(file, "utf8"), /"source"/);
  rmSync(`${file}.reader`);
  t.deepEqual(
    readdirSync(folder).filter((name) => !name.endsWith(".json")),
    [],
    "no draft is left",
  );
});

test.serial("what is known is told without asking the network and without writing anything", async (t) => {
  const { site, choice } = await upstream();
  const answers = () => readdirSync(join(cache, "auto")).length;
  const before = answers();
  t.is(knownDecision(subject(choice), choice), undefined);
  const fall = stand(choice, "source");
  t.like(knownDecision(subject(choice), choice), { way: "source", open: true });
  t.deepEqual([site.asked, answers()], [[], before]);
  fall();
  await site.close();
});

test.serial(
  "a question that needs a site of its own asks there too, and takes a sum of SHA-512 for an answer",
  async (t) => {
    const { site, choice } = await upstream();
    const own = await openSite();
    const there = { url: `${own.url}/image`, sums: `${own.url}/SHA512SUMS`, to: "image" };
    const more = (id: string): Subject => ({
      ...subject(choice),
      id,
      packages: [...subject(choice).packages, { name: "image", megabytes: 1, downloads: [there] }],
    });
    const said: string[] = [];
    t.is((await decideOn(more("silent"), choice, (line) => said.push(line))).way, "source");
    t.regex(said.join(), new RegExp(`because ${new URL(own.url).host} does not answer`));
    own.pages.set("/SHA512SUMS", `${"ab".repeat(64)}  image\n`);
    t.is((await decideOn(more("answers"), choice, () => {})).way, "release");
    await Promise.all([site.close(), own.close()]);
  },
);

test.serial("a lost connection is not a missing network: each origin is asked twice", async (t) => {
  const { site, choice } = await upstream();
  for (const [path, page] of site.pages) if (typeof page === "string") site.pages.set(path, { text: page, busy: 1 });
  // A registry that is busy has answered; the sums are asked for again.
  site.pages.set("/v2/", "{}");
  t.is((await decide(choice)).way, "release");
  await site.close();
});

test.serial("a choice of the config asks nobody", async (t) => {
  const { site, choice } = await upstream();
  for (const way of ["release", "source"] as const) {
    t.is((await decide({ ...choice, way })).way, way);
  }
  t.deepEqual(site.asked, []);
  await site.close();
});

test.serial(
  "where part of a release cannot be had after all, the bundle comes from source, and the answer is another one",
  async (t) => {
    const { site, choice } = await upstream();
    keepAnswer(subject(choice), "release");
    const fall = stand(choice, "source");
    // crane comes first, and is not there.
    const said: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
    const { dir } = await ensureBundle(open(choice), { arch: "amd64" }).finally(() => (process.stderr.write = write));
    t.regex(dir, /bundle\/[0-9a-f]{16}$/);
    t.regex(said.at(-1) ?? "", /^Artifacts: built from source after all: cannot fetch http:.*404\n$/);
    t.is(knownWay(subject(choice), choice), "source");
    fall();
    await site.close();
  },
);

test.serial(
  "where Debian's image for clouds cannot be had after all, the VMs' disk comes from source, and that is the answer for disks alone",
  async (t) => {
    const { site, choice } = await upstream();
    const arch = hostArch();
    const disks = diskSubject(choice);
    keepAnswer(subject(choice), "release");
    keepAnswer(disks, "release");
    // The bundle stands, as a release; of the disks the one from source.
    const bundle = bundleDir(bundleKey(forHosts(recipeFor("release", arch, choice))));
    mkdirSync(bundle, { recursive: true });
    writeFileSync(join(bundle, "manifest.json"), JSON.stringify({ files: [], images: [] }));
    const source = vmDisk(settled("source", choice));
    const disk = new Store(undefined, choice.mirrors).pathOf(source);
    mkdirSync(disk, { recursive: true });
    const said: string[] = [];
    t.is(await ensureDisk(open(choice), (line) => said.push(line)), idOf(source));
    t.regex(said.at(-1) ?? "", /built from source after all: cannot fetch http:.*cloud\.debian\.org.*404$/);
    t.is(knownWay(disks, choice), "source");
    t.is(knownWay(subject(choice), choice), "release");
    rmSync(bundle, { recursive: true });
    rmSync(disk, { recursive: true });
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
  keepAnswer(subject(choice), "release");
  const fall = stand(choice, "source");
  const error = await t.throwsAsync(ensureBundle(open(choice), { arch: "amd64" }));
  t.regex(error.message, /is not what its maker published/);
  t.is(knownWay(subject(choice), choice), "release");
  fall();
  await site.close();
});

test.serial("a release that the config insists on fails with the address and the two ways out", async (t) => {
  const { site, choice } = await upstream();
  const error = await t.throwsAsync(ensureBundle(settled("release", choice), { arch: "amd64" }));
  t.regex(error.message, new RegExp(`cannot fetch ${site.url}/files/`));
  t.regex(error.message, /mirrors names other places to take it from; artifacts: source builds it here/);
  await site.close();
});
