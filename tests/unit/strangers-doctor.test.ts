// Proves that doctor knows a row for each thing for which a stranger's ./lab is refused, walking over the rows of the tier `strangers`; that tier asks
// doctor itself in the same places. Also how much room is asked for before anything is made.
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import test from "ava";
import { freeBytes, GiB, roomInDocker, roomToMake, tooLittleInDocker, tooLittleToMake } from "../../bundle/room.ts";
import { judge } from "../../cli/doctor/checks.ts";
import type { Facts } from "../../cli/doctor/facts.ts";
import type { Surroundings } from "../../cli/doctor/surroundings.ts";
import { refuseFullCache, refuseNoCache, whyNoCache } from "../../cli/parts/cache.ts";
import { render } from "../../cli/verbs/doctor.ts";
import { hereRows } from "../strangers/here-rows.ts";
import { machineRows } from "../strangers/machine-rows.ts";
import { good as complete } from "./doctor-facts.ts";

const good: Facts = { ...complete, root: false, canInstall: false };
const about = (surroundings: Partial<Surroundings>): Partial<Facts> => ({
  surroundings: { ...good.surroundings, ...surroundings },
});
const chosen = (host: string): Partial<Facts> => about({ docker: { ...good.surroundings.docker, host } });

/** What doctor finds on machines of people who are refused. */
const found: readonly Partial<Facts>[] = [
  { ...about({ missing: ["curl"] }), bundleSeconds: 60, bundleWay: "release" },
  about({ missing: ["ssh-keygen"] }),
  { engine: { state: "none" } },
  { ...chosen("tcp://127.0.0.1:1"), engine: { state: "silent" } },
  { engine: { state: "silent", refuses: true } },
  { engine: { state: "unusable", why: "podman" } },
  { engine: { state: "answers", version: "26.1.5", rootless: true } },
  { taken: 'the container "podnet-dev-k8s-master" is that of lab "dev" (dev-00000002) of /home/other/lab' },
  { taken: 'the container "podnet-dev-k8s-master" is that of lab "dev" (dev-00000003) of /home/ada/lab' },
  { cacheProblem: "ada may not write to /var/empty/.cache/pod-networking-lab" },
  { diskFree: GiB / 8, cacheDir: "/mnt/small", bundleSeconds: 60, bundleWay: "release" },
  {
    engine: { state: "answers", version: "26", rootless: false, data: { folder: "/var/lib/docker", free: GiB } },
    image: undefined,
  },
];
const says = (facts: Facts): string[] => render(judge(facts)).map((line) => stripVTControlCharacters(line));

const refusals = [...hereRows, ...machineRows.flatMap(({ rows }) => rows)].flatMap((row) =>
  row.ends.kind === "refused" && row.ends.doctor instanceof RegExp ? [{ row, doctor: row.ends.doctor }] : [],
);

test("there are rows to walk over", (t) => t.true(refusals.length > 12));

for (const doctor of new Set(refusals.map(({ doctor }) => String(doctor)))) {
  const { row, doctor: line } = refusals.find((one) => String(one.doctor) === doctor)!;
  test(`doctor names it too: ${row.name[0]}, ${row.shown ?? row.command}`, (t) => {
    t.true(
      found.some((facts) => says({ ...good, ...facts }).some((said) => line.test(said))),
      `no row of doctor's fits ${doctor}`,
    );
    t.false(
      says(good).some((said) => line.test(said)),
      "without it doctor says something else",
    );
  });
}

test("building from source wants room for Go's caches, a download little, and what is there none", (t) => {
  t.deepEqual(
    [0, 60, 900].map((seconds) => roomToMake(seconds) / GiB),
    [0, 6, 25],
  );
  t.is(tooLittleToMake("/cache", 0, 0), undefined);
  t.is(tooLittleToMake("/cache", 60, 6 * GiB), undefined);
  t.is(
    tooLittleToMake("/cache", 900, 5 * GiB),
    "5.0 GiB are free for /cache, and what the lab is to build or fetch takes 25 GiB; free 20 GiB, or set PODNET_CACHE to a roomier place",
  );
  t.throws(() => refuseFullCache(900, "/proc/1"), {
    message: /^0\.0 GiB are free for \/proc\/1, .*takes 25 GiB; free 25 GiB/,
  });
  t.notThrows(() => refuseFullCache(0, "/proc/1"));
});

test("docker is asked for as much room by ./lab, by doctor and by the program itself", (t) => {
  t.regex(
    tooLittleInDocker("/var/lib/docker", 2 * GiB) ?? "",
    /^docker keeps its data in .* 2\.0 GiB are free .* take 6\.0 GiB; free 4\.0 GiB/,
  );
  t.is(tooLittleInDocker("/var/lib/docker", roomInDocker(false)), undefined);
  const ground = readFileSync(join(import.meta.dirname, "../../platforms/local/ground.sh"), "utf8");
  const [there, absent] = /echo (\d+) \|\| echo (\d+)/.exec(ground)?.slice(1).map(Number) ?? [];
  t.deepEqual(
    [there, absent].map((mebibytes) => Number(mebibytes) * 2 ** 20),
    [roomInDocker(true), roomInDocker(false)],
  );
});

test("a cache that everybody may write to is refused: what is in it would be run", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "podnet-cache-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o775);
  t.is(whyNoCache(folder), undefined, "a group may share one");
  chmodSync(folder, 0o1777);
  t.throws(() => refuseNoCache(folder), { message: /^everybody may write to .*, where the lab keeps/ });
  // A link to such a folder is no way around it.
  const link = `${folder}-link`;
  symlinkSync(folder, link);
  t.teardown(() => rmSync(link));
  t.regex(whyNoCache(link) ?? "", /^everybody may write/);
});

test("room is measured, and writing is asked, where the folder will be, and nothing is made for it", (t) => {
  t.is(freeBytes("/proc/1/no/such"), 0);
  t.true(freeBytes(join(import.meta.dirname, "no/such")) > 0);
  t.is(whyNoCache(join(import.meta.dirname, "no/such")), undefined);
  t.regex(whyNoCache(`${import.meta.filename}/no`) ?? "", / may not write to \S+\.test\.ts\/no$/);
  t.throws(() => refuseNoCache(`${import.meta.filename}/no`), {
    message: / may not write to \S+\.test\.ts\/no, where .*; set PODNET_CACHE to a folder of your own$/,
  });
});
