// Proves what `./lab cache` says of what it found, and what a prune takes from a folder; not what docker answers, which
// tests/live/cache.test.ts asks for.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { settled } from "../../bundle/choice.ts";
import { onPath } from "../../bundle/tools.ts";
import { type Ground, judge, type Kept } from "../../cli/cache/judge.ts";
import { imagesByKey, keptBelow } from "../../cli/cache/look.ts";
import { forgetNeeds, keepNeeds, needsOfLab, needsOfVersion, readNeeds } from "../../cli/cache/needs.ts";
import { remove } from "../../cli/cache/prune.ts";
import { render, renderPrune } from "../../cli/verbs/cache.ts";
import { checkout as here } from "../../cli/paths.ts";
import { newFolder } from "../folder.ts";

const key = "0123456789abcdef";
const other = "fedcba9876543210";
const now = new Date("2026-01-31T12:00:00Z");
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 24 * 3600 * 1000);
const kept = (place: string, more: Partial<Kept> = {}): Kept => ({
  place,
  bytes: 5e6,
  used: daysAgo(30),
  locked: false,
  machines: [],
  ...more,
});
const ground = (more: Partial<Ground> = {}): Ground => ({
  checkout: "/home/me/lab",
  own: new Set([`artifacts/etcd-amd64-${key}`, `bundle/${key}`, `image/${key}`, `artifacts/vm-disk-amd64-${key}`]),
  lists: [],
  labs: [],
  looked: true,
  now,
  ...more,
});
const reasons = (one: Kept, more: Partial<Ground> = {}): readonly string[] =>
  judge([one], ground(more))[0]?.reasons ?? [];

test("what this checkout's version needs stays, and an older version's may go", (t) => {
  for (const place of [`artifacts/etcd-amd64-${key}`, `bundle/${key}`, `image/${key}`])
    t.deepEqual(reasons(kept(place)), ["this checkout's version"]);
  for (const place of [`artifacts/etcd-amd64-${other}`, `bundle/${other}`, `image/${other}`])
    t.deepEqual(reasons(kept(place)), []);
});

test("what another checkout's lab was brought up with stays, and is told by its checkout", (t) => {
  const place = `artifacts/etcd-amd64-${other}`;
  const lists = [{ checkout: "/home/you/lab", stack: "dev", needs: [place] }];
  t.deepEqual(reasons(kept(place), { lists }), ["/home/you/lab (dev)"]);
  t.deepEqual(reasons(kept(`bundle/${other}`), { lists }), []);
});

test("nothing that a lab without a list may need goes, whether its checkout is known or not", (t) => {
  const place = kept(`artifacts/etcd-amd64-${other}`);
  const lab = { stack: "old", checkout: "/home/you/lab", platform: "local" };
  t.deepEqual(reasons(place, { labs: [lab] }), ["perhaps lab old of /home/you/lab"]);
  t.deepEqual(reasons(place, { labs: [{ ...lab, checkout: null }] }), ["perhaps lab old of an unknown checkout"]);
  t.deepEqual(reasons(place, { labs: [lab], lists: [{ checkout: "/home/you/lab", stack: "old", needs: [] }] }), []);
});

test("many labs without a list are counted, and not named beside what is needed anyway", (t) => {
  const labs = ["a", "b", "c"].map((stack) => ({ stack, checkout: "/home/you/lab", platform: "local" }));
  t.deepEqual(reasons(kept(`bundle/${other}`), { labs }), ["perhaps lab a of /home/you/lab, and 2 more labs"]);
  t.deepEqual(reasons(kept(`bundle/${key}`), { labs }), ["this checkout's version"]);
});

test("an engine that does not answer may hold a lab, so nothing goes", (t) => {
  t.is(reasons(kept(`artifacts/etcd-amd64-${other}`), { looked: false }).length, 1);
});

test("what a build holds, an image that a machine was made from, and the disk below virtual machines stay", (t) => {
  t.deepEqual(reasons(kept(`artifacts/etcd-amd64-${other}`, { locked: true })), ["a build that is at work"]);
  t.deepEqual(reasons(kept(`left/artifacts/.etcd.x`, { locked: true })), ["a build that is at work"]);
  t.deepEqual(reasons(kept(`image/${other}`, { machines: ["the machine podnet-a-m"] })), ["the machine podnet-a-m"]);
  const lists = [{ checkout: "/home/you/lab", stack: "vm", needs: [] }];
  const labs = [{ stack: "vm", checkout: "/home/you/lab", platform: "vm" }];
  t.deepEqual(reasons(kept(`artifacts/vm-disk-amd64-${other}`), { lists, labs }), [
    "virtual machines, which start from it",
  ]);
});

test("what only tests use stays for a week after its last use", (t) => {
  const place = `artifacts/plain-debian-amd64-${other}`;
  t.deepEqual(reasons(kept(place, { used: daysAgo(6) })), ["tests, which used it within a week"]);
  t.deepEqual(reasons(kept(place, { used: daysAgo(8) })), []);
  t.is(judge([kept(place)], ground())[0]?.purpose, "the tests of ./lab test");
});

test("notes of the lab never go, and neither does a machine's data", (t) => {
  for (const place of ["node", "logs", "locks", "auto", "needs", "engine", "vm-accel"])
    t.deepEqual(reasons(kept(place)), ["every lab"]);
  t.deepEqual(reasons(kept("volume/podnet-a-m-var", { machines: ["lab a"] })), ["lab a"]);
});

test("the list names each thing with its size and use, and a prune says how much it gives back", (t) => {
  const judged = judge([kept(`bundle/${key}`), kept(`artifacts/etcd-amd64-${other}`)], ground());
  const lines = render(judged, "/cache");
  t.regex(lines.join("\n"), new RegExp(`artifacts/etcd-amd64-${other} +5.0 MB +programs .* +nothing`));
  t.regex(lines.at(-2) ?? "", /^About 10 MB in \/cache/);
  t.regex(renderPrune(judged).at(-1) ?? "", /give back about 5.0 MB\. \.\/lab cache prune --yes/);
  t.deepEqual(renderPrune([]), ["Nothing may go: everything is needed. ./lab cache shows what for."]);
});

test("a checkpoint is told by its size and its lab, a machine's volume without a size", (t) => {
  const [checkpoint, own] = [
    kept("volume/podnet-a-checkpoint-begin", { bytes: 171e6, machines: ["lab a"] }),
    kept("volume/podnet-a-m-var", { bytes: 0, machines: ["lab a"] }),
  ];
  const lines = render(judge([checkpoint, own], ground()), "/cache").join("\n");
  t.regex(lines, /volume\/podnet-a-checkpoint-begin +171 MB +a checkpoint of a lab +lab a/);
  t.regex(lines, /volume\/podnet-a-m-var +- +a machine's own data in the container engine +lab a/);
});

test("images of one key are one thing, and what its images share counts once", (t) => {
  const images = [
    [`${key}-base`, "500MB"],
    [`${key}-common`, "800MB"],
    [`${key}-worker`, "801MB"],
    [`${key}-control-plane`, "1.15GB"],
  ];
  const [one] = imagesByKey(images, [[`pod-networking-lab/node:${key}-worker`, "podnet-a-w"]]);
  t.is(one?.bytes, 1151e6);
  t.deepEqual(one?.machines, ["the machine podnet-a-w"]);
});

const newCache = (): string => {
  const root = newFolder("cache");
  for (const folder of ["locks", "logs", `artifacts/etcd-amd64-${key}`, `bundle/${key}`])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, `artifacts/etcd-amd64-${key}/etcd`), Buffer.alloc(1 << 20, 1));
  linkSync(join(root, `artifacts/etcd-amd64-${key}/etcd`), join(root, `bundle/${key}/etcd`));
  return root;
};

test("a file that a bundle links to counts once, with the artifact", (t) => {
  const found = keptBelow(newCache());
  const bytes = (place: string): number => found.find((one) => one.place === place)?.bytes ?? -1;
  t.true(bytes(`artifacts/etcd-amd64-${key}`) >= 1 << 20);
  t.true(bytes(`bundle/${key}`) < 1 << 20);
});

test("what goes is gone whole, with its log; the rest of an interrupted build goes too", async (t) => {
  const root = newCache();
  const id = `etcd-amd64-${key}`;
  writeFileSync(join(root, "logs", `${id}.log`), "");
  mkdirSync(join(root, "artifacts", `.${id}.AbCdEf.scratch-123456`));
  const left = keptBelow(root).find(({ place }) => place.startsWith("left/"));
  t.is(left?.place, `left/artifacts/.${id}.AbCdEf.scratch-123456`);
  t.is(await remove(left?.place ?? "", root), "removed");
  t.is(await remove(`artifacts/${id}`, root), "removed");
  t.deepEqual([...readdirSync(join(root, "artifacts")), ...readdirSync(join(root, "logs"))], []);
  t.true(existsSync(join(root, `bundle/${key}/etcd`)));
});

(onPath("flock") === undefined ? test.skip : test)(
  "what a build at work holds is left alone, and not waited for",
  async (t) => {
    const root = newCache();
    const id = `etcd-amd64-${key}`;
    const holder = spawn("flock", ["-x", join(root, "locks", id), "sh", "-c", "echo held; exec cat"]);
    await once(holder.stdout, "data");
    t.true(keptBelow(root).find(({ place }) => place === `artifacts/${id}`)?.locked);
    t.is(await remove(`artifacts/${id}`, root), "in use");
    t.true(existsSync(join(root, `artifacts/${id}/etcd`)));
    holder.stdin.end();
    await once(holder, "exit");
    t.is(await remove(`artifacts/${id}`, root), "removed");
  },
);

test("a lab's list is kept until the stack is forgotten, and what a lab takes is among what its version may need", (t) => {
  const root = newFolder("cache");
  const needs = needsOfLab(settled("source"), "source");
  keepNeeds("dev", needs, root);
  t.deepEqual(readNeeds(root), [{ checkout: here, stack: "dev", needs }]);
  forgetNeeds("dev", root);
  t.deepEqual(readNeeds(root), []);
  const all = new Set(needsOfVersion([]));
  t.deepEqual(
    needs.filter((place) => !all.has(place)),
    [],
  );
  t.true(needs.some((place) => place.startsWith("artifacts/pulumi-kubernetes-")));
});
