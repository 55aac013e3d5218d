// Pulumi by release, from a site on loopback (tests/upstream/pulumi.ts, a stand-in whose programs are scripts). It does not prove that the
// official programs do what the lab needs.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import test from "ava";
import { type Decided, settled } from "../../../bundle/choice.ts";
import { keepAnswer, knownWay } from "../../../bundle/decide.ts";
import { pulumiPackages } from "../../../bundle/release/pulumi.ts";
import { Store } from "../../../bundle/store.ts";
import { hostArch } from "../../../bundle/versions.ts";
import { providePulumi, missingForPulumi, pulumiSubject } from "../../../cli/parts/binaries.ts";
import { type Programs, publishPulumi } from "../../upstream/pulumi.ts";
import { openSite, type Site } from "../../upstream/site.ts";

const cache = mkdtempSync(join(tmpdir(), "podnet-pulumi-"));
process.env["PODNET_CACHE"] = cache;
test.after.always(() => rmSync(cache, { recursive: true, force: true }));

const script = (says: string): string => `#!/bin/sh\necho ${says}\n`;
const programs: Programs = {
  pulumi: script("v3.274.1"),
  "pulumi-language-nodejs": script("language"),
  "pulumi-resource-kubernetes": script("kubernetes"),
  "pulumi-resource-command": script("command"),
};

async function upstream(): Promise<{ site: Site; paths: string[]; decided: Decided }> {
  const site = await openSite();
  const paths = await publishPulumi(site, hostArch(), programs, mkdtempSync(join(cache, "site-")));
  const mirrors = { downloads: `${site.url}/files` };
  return { site, paths, decided: settled("release", { mirrors, kubernetes: "1.37.2" }) };
}

/** As if it had been built: an empty artifact for each. */
function standFromSource(decided: Decided): () => void {
  const dirs = missingForPulumi({ ...decided, way: "source" }).map((artifact) => new Store().pathOf(artifact));
  for (const dir of dirs) mkdirSync(dir, { recursive: true });
  return () => dirs.forEach((dir) => rmSync(dir, { recursive: true }));
}

const quietly = async <T>(work: () => Promise<T>): Promise<T> => {
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = () => true;
  return await work().finally(() => (process.stderr.write = write));
};

test("the archives and their sums have the maker's names for each architecture", (t) => {
  const names = (arch: "amd64" | "arm64") =>
    pulumiPackages(arch, {}).flatMap(({ downloads }) =>
      downloads.map(({ url, sums }) => [url.replace("https://github.com/pulumi/", ""), basename(sums)]),
    );
  t.deepEqual(names("amd64"), [
    ["pulumi/releases/download/v3.274.1/pulumi-v3.274.1-linux-x64.tar.gz", "pulumi-3.274.1-checksums.txt"],
    [
      "pulumi-kubernetes/releases/download/v4.25.0/pulumi-resource-kubernetes-v4.25.0-linux-amd64.tar.gz",
      "pulumi-kubernetes_4.25.0_checksums.txt",
    ],
    [
      "pulumi-command/releases/download/v1.2.1/pulumi-resource-command-v1.2.1-linux-amd64.tar.gz",
      "pulumi-command_1.2.1_checksums.txt",
    ],
  ]);
  t.true(names("arm64").every(([url = ""]) => /-linux-arm64\.tar\.gz$/.test(url)));
});

test.serial(
  "by release nothing is built; the CLI has its language host beside it, and all comes from the mirror",
  async (t) => {
    const { site, paths, decided } = await upstream();
    const toolchain = await quietly(() => providePulumi(decided));
    t.deepEqual(site.asked.toSorted(), paths.toSorted());
    t.true(readdirSync(join(cache, "artifacts")).every((name) => name.startsWith("release-pulumi")));
    t.is(toolchain.way, "release");
    t.is(execFileSync(toolchain.pulumi, { encoding: "utf8" }), "v3.274.1\n");
    t.is(statSync(join(dirname(toolchain.pulumi), "pulumi-language-nodejs")).mode & 0o777, 0o755);
    t.deepEqual(
      toolchain.plugins.map(({ name, version, file }) => [name, version, readFileSync(file, "utf8")]),
      [
        ["kubernetes", "4.25.0", script("kubernetes")],
        ["command", "1.2.1", script("command")],
      ],
    );
    site.asked.length = 0;
    await providePulumi(decided);
    t.deepEqual(site.asked, [], "what stands is not asked for");
    await site.close();
  },
);

test.serial(
  "a CLI that is not what its maker published stops it, with both sums, and nothing is built instead",
  async (t) => {
    const { site, paths, decided } = await upstream();
    site.pages.set(paths[0] ?? "", "tampered");
    const error = await quietly(() => t.throwsAsync(providePulumi({ ...decided, open: true })));
    t.regex(
      error?.message ?? "",
      /is not what its maker published[^]*expected {2}sha256 [0-9a-f]{64}[^]*seen {6}sha256 [0-9a-f]{64}/,
    );
    await site.close();
  },
);

test.serial(
  "where it cannot be had and the config leaves the way open, it is built, said in one sentence",
  async (t) => {
    const { site, paths, decided } = await upstream();
    site.pages.delete(paths[0] ?? "");
    const fall = standFromSource(decided);
    const said: string[] = [];
    const toolchain = await quietly(() => providePulumi({ ...decided, open: true }, (line) => said.push(line)));
    t.is(toolchain.way, "source");
    t.deepEqual(
      toolchain.plugins.map(({ name }) => name),
      ["kubernetes"],
    );
    t.is(said.length, 1);
    t.regex(
      said[0] ?? "",
      /^Pulumi: built from source after all: cannot fetch http:.*linux-(x64|arm64)\.tar\.gz: .*404$/,
    );
    t.is(knownWay(pulumiSubject(decided), { ...decided, way: "auto" }), "source");
    fall();
    await site.close();
  },
);

test.serial("a release that the config insists on fails with the address and the two ways out", async (t) => {
  const { site, paths, decided } = await upstream();
  site.pages.delete(paths[0] ?? "");
  const error = await quietly(() => t.throwsAsync(providePulumi(decided)));
  t.regex(error?.message ?? "", new RegExp(`cannot fetch ${site.url}/files/github.com/pulumi/pulumi/`));
  t.regex(error?.message ?? "", /mirrors names other places to take it from; artifacts: source builds it here/);
  await site.close();
});

test.serial(
  "how Pulumi was had says nothing of the lab's bundle, and goes on being known where it stands",
  async (t) => {
    const { site, decided } = await upstream();
    const [subject, choice] = [pulumiSubject(decided), { ...decided, way: "auto" as const }];
    t.is(knownWay(subject, choice), undefined);
    keepAnswer(subject, "release");
    t.is(knownWay(subject, choice), "release");
    await quietly(() => providePulumi(decided));
    t.is(knownWay(subject, choice, Date.now() + 1e12), "release");
    await site.close();
  },
);
