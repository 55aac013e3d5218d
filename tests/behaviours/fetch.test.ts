// nodes/host/fetch.sh against a download site on loopback, with real curl. It does not prove that upstream's sites have what the plan names.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test from "ava";
import { execa } from "execa";
import { type Download, planLines } from "../../bundle/release/plan.ts";
import { downloaded } from "../../bundle/release/fetch.ts";
import { Store } from "../../bundle/store.ts";
import { openSite, type Page } from "../upstream/site.ts";
import { newFolder } from "../folder.ts";

const nodes = join(import.meta.dirname, "../../nodes");
const sum = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
const longSum = (text: string): string => createHash("sha512").update(text).digest("hex");
const newDir = (): string => newFolder("fetch");

/** In a group of its own, as a program that a terminal has started. */
const startFetch = (downloads: readonly Download[], to: string) =>
  execa("bash", ["-c", 'set -euo pipefail; . "$1/lib/say.sh"; . "$1/host/fetch.sh"', "bash", nodes], {
    env: { PLAN: planLines(downloads), TO: to },
    reject: false,
    detached: true,
  });

async function fetchPlan(downloads: readonly Download[], to = newDir()) {
  const result = await startFetch(downloads, to);
  return { to, code: result.exitCode, said: result.stderr };
}

/** What is in the directory, but for the script's own notes. */
const content = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith(".fetched"))
    .toSorted();

const tool = "#!/bin/sh\necho a tool\n";
const wrong = "0".repeat(64);

const formats: readonly (readonly [string, string])[] = [
  ["the sum alone, without a line's end", sum(tool)],
  ["the sum alone, on a line", `${sum(tool)}\n`],
  ["a line of sha256sum", `${sum(tool)}  tool\n`],
  ["a line of sha256sum for a binary", `${sum(tool)} *tool\n`],
  ["a line with a path", `${sum(tool)}  release/tool\n`],
  ["a line of sha512sum for each of many files", `${wrong}${wrong}  tool.json\n${longSum(tool)}  tool\n`],
  [
    "lines for many files, signed",
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${wrong}  tool.sig\n${sum(tool)}  tool\n${wrong}  toolbox\n-----BEGIN PGP SIGNATURE-----\n`,
  ],
];
for (const [what, sums] of formats) {
  test(`a program is put in place when its sum is published as ${what}`, async (t) => {
    const site = await openSite({ "/tool": tool, "/sums": sums });
    const { to, code, said } = await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }]);
    await site.close();
    t.is(code, 0, said);
    t.deepEqual(content(to), ["bin", "bin/tool"]);
    t.is(statSync(join(to, "bin/tool")).mode & 0o777, 0o755);
  });
}

for (const prefix of ["", "./"]) {
  test(`members are taken out of an archive that lists them as "${prefix}NAME", and nothing else is`, async (t) => {
    const [dir, file] = [newDir(), join(newDir(), "tools.tgz")];
    for (const name of ["one", "two", "three"]) writeFileSync(join(dir, name), name);
    await execa("tar", ["-czf", file, "-C", dir, ...["one", "two", "three"].map((name) => prefix + name)]);
    const site = await openSite({ "/tools.tgz": { file }, "/sums": `${sum(readFileSync(file))}  tools.tgz\n` });
    const to = { "cni/one": "one", "cni/two": "two" };
    const result = await fetchPlan([{ url: `${site.url}/tools.tgz`, sums: `${site.url}/sums`, to }]);
    await site.close();
    t.is(result.code, 0, result.said);
    t.deepEqual(content(result.to), ["cni", "cni/one", "cni/two"]);
    t.is(readFileSync(join(result.to, "cni/two"), "utf8"), "two");
  });
}

for (const [how, end] of [
  ["by the lab, which ends the shell alone", (pid: number): boolean => process.kill(pid, "SIGTERM")],
  ["by Ctrl-C, which all of the group hear", (pid: number): boolean => process.kill(-pid, "SIGINT")],
] as const) {
  test(`a download that is ended ${how} leaves neither curl nor a part of a file`, async (t) => {
    let hungUp = (): void => {};
    const ended = new Promise<void>((resolve) => (hungUp = resolve));
    let begun = (): void => {};
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const site = createHttpServer((request, response) => {
      if (request.url === "/sums") return void response.end(sum(tool));
      response.write("the beginning");
      response.once("close", hungUp);
      begun();
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    t.teardown(() => site.close());
    const { port } = site.address() as AddressInfo;
    const [url, to] = [`http://127.0.0.1:${port}`, newDir()];
    const running = startFetch([{ url: `${url}/tool`, sums: `${url}/sums`, to: "bin/tool" }], to);
    await asked;
    end(running.pid ?? Number.NaN);
    t.not((await running).exitCode, 0);
    await ended;
    t.deepEqual(content(to), []);
  });
}

test("a tampered file is refused by its SHA-512 too", async (t) => {
  const site = await openSite({ "/tool": `${tool}reboot\n`, "/sums": `${longSum(tool)}  tool\n` });
  const { to, code, said } = await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }]);
  await site.close();
  t.is(code, 4);
  for (const part of [`sha512 ${longSum(tool)}`, `sha512 ${longSum(`${tool}reboot\n`)}`])
    t.true(said.includes(part), part);
  t.deepEqual(content(to), []);
});

test("a tampered file is refused, with its name, both sums, and nothing left", async (t) => {
  const site = await openSite({ "/tool": `${tool}reboot\n`, "/sums": `${sum(tool)}  tool\n` });
  const { to, code, said } = await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }]);
  await site.close();
  t.is(code, 4);
  for (const part of ["tool is not what its maker published", `${site.url}/tool`, sum(tool), sum(`${tool}reboot\n`)])
    t.true(said.includes(part), part);
  t.deepEqual(content(to), []);
});

test("an artifact of which one file is tampered with is none, and the error says which", async (t) => {
  const site = await openSite({ "/good": tool, "/good.sum": sum(tool), "/bad": "other", "/bad.sum": sum(tool) });
  const of = (name: string): Download => ({
    url: `${site.url}/${name}`,
    sums: `${site.url}/${name}.sum`,
    to: `bin/${name}`,
  });
  const store = new Store(newDir());
  const artifact = downloaded({ name: "pair", megabytes: 1, downloads: [of("good"), of("bad")] }, "amd64");
  const error = await t.throwsAsync(store.ensure(artifact));
  await site.close();
  t.regex(
    error.message,
    /bad is not what its maker published[^]*expected {2}sha256 [0-9a-f]{64}[^]*seen {6}sha256 [0-9a-f]{64}/,
  );
  t.deepEqual(readdirSync(join(store.root, "artifacts")), []);
});

test("a file that was cut off before it was published is refused by its sum", async (t) => {
  const site = await openSite({ "/tool": tool.slice(0, 9), "/sums": sum(tool) });
  const { to, code } = await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }]);
  await site.close();
  t.is(code, 4);
  t.deepEqual(content(to), []);
});

test("a connection that ends too early is tried again; when it always does, nothing is left", async (t) => {
  const site = await openSite({ "/tool": { text: tool, cutAfter: 9 }, "/sums": sum(tool) });
  const { to, code, said } = await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }]);
  await site.close();
  t.is(code, 3);
  t.is(site.asked.filter((path) => path === "/tool").length, 4);
  t.regex(said, /trying again[^]*cannot fetch http:\/\/127\.0\.0\.1:\d+\/tool: /);
  t.deepEqual(content(to), []);
});

test("a site that is busy is asked again, one that has nothing is not", async (t) => {
  const busy: Page = { text: tool, busy: 2 };
  const site = await openSite({ "/tool": busy, "/sums": sum(tool) });
  t.is((await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }])).code, 0);
  t.is(site.asked.length, 4);
  const { code, said } = await fetchPlan([{ url: `${site.url}/none`, sums: `${site.url}/none.sum`, to: "bin/none" }]);
  await site.close();
  t.is(code, 3);
  t.regex(said, /cannot fetch .*\/none\.sum: .*404/);
  t.is(site.asked.length, 5);
});

test("what answers in the place of a site is found out: its page holds no sum", async (t) => {
  const site = await openSite({ "/tool": "<html>please log in</html>", "/sums": "<html>please log in</html>" });
  const { to, code, said } = await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }]);
  await site.close();
  t.is(code, 3);
  t.regex(said, /sums names no SHA-256 sum for tool/);
  t.deepEqual(content(to), []);
});

test("a site where nobody listens is given up within a minute, and named", async (t) => {
  const site = await openSite();
  await site.close();
  const begun = Date.now();
  const { code, said } = await fetchPlan([{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }]);
  t.is(code, 3);
  t.true(Date.now() - begun < 60_000);
  t.true(said.includes(`cannot fetch ${site.url}/sums: `), said);
});

test("a site that takes the call and never says a word is given up within a minute, and named", async (t) => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const begun = Date.now();
  const { code, said } = await fetchPlan([{ url: `${url}/tool`, sums: `${url}/sums`, to: "bin/tool" }]);
  silent.close();
  t.is(code, 3);
  t.true(Date.now() - begun < 60_000);
  t.true(said.includes(`cannot fetch ${url}/sums: `), said);
});

test("a second run fetches nothing, unless a file is gone or the plan is another", async (t) => {
  const site = await openSite({ "/tool": tool, "/sums": sum(tool) });
  const plan: Download[] = [{ url: `${site.url}/tool`, sums: `${site.url}/sums`, to: "bin/tool" }];
  const { to } = await fetchPlan(plan);
  site.asked.length = 0;
  t.is((await fetchPlan(plan, to)).code, 0);
  t.deepEqual(site.asked, []);
  await execa("rm", [join(to, "bin/tool")]);
  t.is((await fetchPlan(plan, to)).code, 0);
  t.true(existsSync(join(to, "bin/tool")));
  site.pages.set("/tool?v2", "another").set("/sums2", sum("another"));
  const other = await fetchPlan([{ url: `${site.url}/tool?v2`, sums: `${site.url}/sums2`, to: "bin/tool" }], to);
  await site.close();
  t.is(other.code, 0, other.said);
  t.is(readFileSync(join(to, "bin/tool"), "utf8"), "another");
});
