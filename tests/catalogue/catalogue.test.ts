// Every fault of the catalogue on a real lab: put in, seen on the node, exactly the claims that it must break, a trace to its last hop and cause,
// a diagnosis that names it, healed without a trace. What was seen is kept in .lab/catalogue.json, round by round; `npm run faults-page FILE` takes it
// into docs/faults.md. It does not prove that a learner finds the cause.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import test, { type ExecutionContext } from "ava";
import { outputs } from "../../components/outputs.ts";
import { backendNames, usualBackend } from "../../evidence/backends.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { FaultIn } from "../../evidence/fault-in.ts";
import { placeOf } from "../../evidence/journey/journey.ts";
import { catalogue, faultNamed } from "../../faults/catalogue.ts";
import { type Change, changesBetween, type Snapshots } from "../../faults/changed.ts";
import { type Fault, type LabFacts, type Place, places, type Target } from "../../faults/fault.ts";
import { absentWith } from "../../faults/flows.ts";
import { everyPlace, paramsOf, place } from "../../faults/place.ts";
import { expect, lastSeen, type Placed } from "../../faults/predict.ts";
import { type Seen, seen as seenSchema, type SeenFault } from "../../faults/seen.ts";
import { podName, showing } from "../../faults/tell.ts";
import { readOrNothing } from "../../bundle/tools.ts";
import { askFaults, labFacts } from "../../cli/faults/lab.ts";
import { readExercise, readResultsFile, resultsFile } from "../../cli/faults/exercise.ts";
import { takeSnapshots } from "../../cli/faults/snapshots.ts";
import { labDir } from "../../cli/paths.ts";
import { parseResults, type Results } from "../../cli/stack/results.ts";
import { type Run, withNodes } from "../../cli/trace/door.ts";
import { putIn } from "../../cli/verbs/break.ts";
import type { DiagnosisJson } from "../../cli/verbs/diagnose.ts";
import { takeAway } from "../../cli/verbs/heal.ts";
import { container, destroyAndRemove, inMachine, openStack, progress, root, trace } from "../live/lab.ts";

/** With another one than the usual: those faults alone that are between nodes, or that need it. `PODNET_CATALOGUE_BACKEND=udp ./lab test catalogue` */
const backend =
  backendNames.find((name) => name === (process.env["PODNET_CATALOGUE_BACKEND"] ?? usualBackend)) ??
  (() => {
    throw new Error(`PODNET_CATALOGUE_BACKEND is none of ${backendNames.join(", ")}`);
  })();
const isUsual = backend === usualBackend;
const betweenNodes: ReadonlySet<Fault["touches"]> = new Set(["overlay", "wire", "routing", "filter"]);
/** Those that a lab of this kind can have, and that are tried on it. */
const tried = catalogue.filter(
  (fault) =>
    fault.only === undefined &&
    absentWith(fault, backend) === undefined &&
    (isUsual || betweenNodes.has(fault.touches)),
);

/** What has nothing to do with the backend is tried once. */
const withUsual = isUsual ? test.serial : test.serial.skip;

const stackName = "live-catalogue";
const stack = await openStack(stackName, {
  platform: "local",
  workers: 2,
  machineCidr: "172.28.72.0/24",
  portBase: 27210,
  backend,
});

/** The lab, once it is up. */
interface Bench {
  readonly run: Run;
  readonly results: Results;
  readonly lab: LabFacts;
  /** What the claims are about; whether they hold is asked anew each time. */
  readonly claims: readonly Claim[];
  readonly healthy: Snapshots;
}
let bench: Bench;

const file = join(labDir, isUsual ? "catalogue.json" : `catalogue-${backend}.json`);
/** A run that was interrupted goes on: what it has seen to be as declared is not tried again. */
let seen: Seen = unfinished() ?? {
  at: new Date().toISOString(),
  complete: false,
  faults: {},
  healthy: [],
  pairs: [],
  random: [],
};
function unfinished(): Seen | undefined {
  const text = readOrNothing(file);
  const kept = text === undefined ? undefined : seenSchema.safeParse(JSON.parse(text)).data;
  return kept === undefined || kept.complete ? undefined : kept;
}
const isAsDeclared = (name: string): boolean => seen.faults[name]?.asDeclared ?? false;
function keep(more: Partial<Seen>): void {
  seen = { ...seen, ...more };
  mkdirSync(labDir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(seen, null, 2)}\n`);
}

test.before(async () => {
  await stack.destroy(progress);
  await stack.up(progress);
  const all = Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value]));
  const { scenarios } = outputs.pick({ scenarios: true }).parse(all);
  const lab = labFacts(stackName, parseResults(all));
  bench = await withNodes(stackName, async (run, results) => ({
    run,
    results,
    lab,
    claims: Object.values(scenarios).flatMap(({ claims }) => claims),
    healthy: await takeSnapshots(run, results, lab),
  }));
});
test.after.always(async () => {
  await destroyAndRemove(stack);
});

const usual = (fault: Fault): Placed => ({ fault, target: place(fault, bench.lab) });
const order = ({ fault, target }: Placed) => ({
  stack: stackName,
  fault,
  by: "hand" as const,
  on: fault.on === "pod" ? podName(target.pod) : target.node.name,
  towards: podName(target.other),
});
/** Put in exactly where it is said, which need not be where anybody would by choosing a node. */
async function breakAt(placed: Placed): Promise<FaultIn> {
  return await putIn(bench.run, bench.results, order(placed));
}

/** Every check anew, through the verb, as a user asks for it. */
function diagnose(): DiagnosisJson {
  const main = join(root, "cli", "main.ts");
  const { stdout, stderr } = spawnSync(process.execPath, [main, "diagnose", "--stack", stackName, "--json"], {
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(`./lab diagnose printed nothing: ${stderr}`);
  return JSON.parse(stdout) as DiagnosisJson;
}

/** Which place among the explanations has exactly these faults, counted from 1. */
function rankOf({ explanations }: DiagnosisJson, names: readonly string[]): number | null {
  const wanted = names.toSorted().join(" ");
  const at = explanations.findIndex(
    ({ faults }) =>
      faults
        .map(({ name }) => name)
        .toSorted()
        .join(" ") === wanted,
  );
  return at < 0 ? null : at + 1;
}

/** Ids of the claims that fail and must hold, or hold and must fail. */
function differing({ failing }: DiagnosisJson, placed: readonly Placed[]): string[] {
  return bench.claims
    .filter((claim) => expect(claim, placed, bench.lab) === (failing.includes(claim.id) ? "holds" : "fails"))
    .map(({ id }) => `${failing.includes(id) ? "fails" : "holds"} ${id}`);
}

async function timed<T>(work: () => Promise<T> | T): Promise<readonly [T, number]> {
  const begun = Date.now();
  const result = await work();
  return [result, Math.round((Date.now() - begun) / 100) / 10];
}

/** All faults go. @returns how long it took, and what of them has stayed: where a program has begun anew, after what it needs to write its rules again */
async function healAll(brief = false): Promise<readonly [seconds: number, left: readonly Change[]]> {
  const { run, results, lab, healthy } = bench;
  const [, seconds] = await timed(async () => takeAway(run, results, await askFaults(run, results)));
  const look = async (): Promise<readonly Change[]> => changesBetween(healthy, await takeSnapshots(run, results, lab));
  let left = await look();
  for (let tries = 0; brief && left.length > 0 && tries < 12; tries++) {
    await pause(5_000);
    left = await look();
  }
  return [seconds, left];
}
async function heal(t: ExecutionContext): Promise<void> {
  t.deepEqual((await healAll())[1], [], "heal is exact");
}

let rounds = 0;
/** Rounds in which nothing is broken are between the others, so that what one left behind would be seen. */
async function nowAndThenHealthy(t: ExecutionContext): Promise<void> {
  rounds += 1;
  if (rounds % 4 !== 1) return;
  const found = diagnose();
  keep({ healthy: [...seen.healthy, found.failing.length] });
  t.deepEqual(found, { verdict: "healthy", claims: bench.claims.length, failing: [], explanations: [] });
}

/** The place itself, and the one before and after it on a way between these two. */
function beside(
  at: Place,
  { from, to }: { readonly from: PodFacts; readonly to: PodFacts },
): readonly (string | null)[] {
  const near: readonly Place[] = ["nowhere", "pod in", "bridge in", "bridge out", "pod out"];
  const way = from.node === to.node ? near : places;
  const index = way.indexOf(at);
  const all = way.slice(Math.max(0, index - 1), index + 2);
  // The bridge hands a frame from port to port without a word.
  return all.includes("bridge out") && way === near ? [...all, "pod out"] : all;
}

/** `./lab exercise`, as a student types it. */
function exercise(...args: readonly string[]): { readonly said: string; readonly code: number | null } {
  const main = join(root, "cli", "main.ts");
  const words = [main, "exercise", ...args, "--stack", stackName];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: "utf8" });
  return { said: stripVTControlCharacters(stdout + stderr).replaceAll(/\s+/g, " "), code: status };
}

withUsual(
  "an exercise is begun, asked for a hint, checked too early, mended with something left, and solved",
  async (t) => {
    t.timeout(900_000);
    rmSync(resultsFile(stackName), { force: true });
    const begun = exercise("--level", "1");
    t.is(begun.code, 0, begun.said);
    try {
      t.regex(begun.said, /Something in the lab is broken now \(level 1\)/);
      const { run, results } = bench;
      const [record] = await askFaults(run, results);
      t.false(begun.said.includes(record!.name));
      t.regex(exercise().said, /An exercise is under way since/);
      t.regex(exercise("hint").said, /Hint 1 of/);
      t.is(exercise("check").code, 1, "nothing was mended");
      // As somebody's hand would: what it has changed is undone, and its record stays.
      const [node, folder, mark] = [
        record!.params["node"]!,
        `/var/lib/podnet/faults/${record!.fault}`,
        `/run/podnet/faults/${record!.fault}`,
      ];
      const stray = "FORWARD -s 192.0.2.99/32 -j DROP";
      inMachine(
        stackName,
        node,
        `cp -a ${folder} /root/kept && bash ${folder}/program && cp -a /root/kept ${folder} && rm -r /root/kept && touch ${mark} && iptables -w -A ${stray}`,
      );
      const early = exercise("check");
      inMachine(stackName, node, `iptables -w -D ${stray}`);
      t.is(early.code, 1);
      t.true(early.said.includes(`${node}, rules: this was not there: filter -A ${stray}`), early.said);
      const solved = exercise("check");
      t.is(solved.code, 0, solved.said);
      t.regex(solved.said, /Solved: all claims hold, and nothing else was changed\./);
      t.true(solved.said.includes(record!.name));
      const { results: kept } = readResultsFile(resultsFile(stackName));
      t.like(kept[0], { fault: record!.name, on: node, outcome: "solved", hints: 1, checks: 3 });
      t.deepEqual(await askFaults(run, results), []);
      t.is(exercise("check").code, 1, "no exercise is under way");
    } finally {
      if (readExercise(stackName) !== undefined) exercise("give-up");
      rmSync(resultsFile(stackName), { force: true });
      await heal(t);
    }
  },
);

withUsual("who gives up is told the cause, and the lab is healed", async (t) => {
  t.timeout(600_000);
  try {
    t.is(exercise("--lang", "zh").code, 0);
    const [record] = await askFaults(bench.run, bench.results);
    const { said, code } = exercise("give-up");
    t.is(code, 0, said);
    t.true(said.includes(`（${record!.name}）`), said);
    t.like(readResultsFile(resultsFile(stackName)).results[0], { outcome: "given up", fault: record!.name });
  } finally {
    rmSync(resultsFile(stackName), { force: true });
    await heal(t);
  }
});

for (const fault of tried)
  test.serial(`${fault.name}: seen, traced, named and healed`, async (t) => {
    if (isAsDeclared(fault.name)) {
      t.pass("an earlier part of this run has seen it");
      return;
    }
    t.timeout(600_000);
    await nowAndThenHealthy(t);
    const placed = usual(fault);
    const loss = showing([placed], bench.lab);
    let healed = false;
    try {
      const [, breaking] = await timed(() => breakAt(placed));
      const traced =
        loss &&
        (await timed(() => trace(stackName, podName(loss.from), podName(loss.to), "--proto", loss.protocol).result));
      const found = diagnose();
      const still = (await askFaults(bench.run, bench.results)).filter(({ seen }) => seen).map(({ name }) => name);
      const [healing, left] = await healAll(fault.brief);
      healed = true;
      const hop = traced?.[0].loss?.last;
      const expected = loss && lastSeen(loss.from, loss.to, loss.protocol, [placed], backend);
      const last = traced === undefined ? null : hop === undefined ? "nowhere" : `${placeOf(hop)} ${hop.direction}`;
      const causes = (traced?.[0].loss?.why.causes ?? []).map(({ kind }) => kind);
      const differs = differing(found, [placed]);
      const rank = rankOf(found, [fault.name]);
      const hops =
        expected === undefined ? [null] : fault.lastHopVaries ? beside(expected.place, loss!) : [expected.place];
      const one: SeenFault = {
        asDeclared:
          differs.length === 0 &&
          left.length === 0 &&
          hops.includes(last) &&
          (expected === undefined || fault.cause === undefined || causes.includes(fault.cause)) &&
          (found.failing.length === 0 || (rank !== null && rank <= 2)),
        failing: found.failing.length,
        differs,
        last,
        causes,
        rank,
        seconds: { break: breaking, trace: traced?.[1] ?? null, heal: healing },
      };
      keep({ faults: { ...seen.faults, [fault.name]: one } });
      // What mends itself may have done so meanwhile.
      if (fault.brief !== true) t.deepEqual(still, [fault.name], "the fault is really in");
      t.deepEqual(left, [], "heal is exact");
      t.deepEqual(differs, []);
      t.true(hops.includes(last), `seen last at ${String(last)}, and not at ${hops.join(", ")}`);
      t.true(
        one.asDeclared,
        JSON.stringify({ causes, cause: fault.cause, explanations: found.explanations.slice(0, 3) }),
      );
    } finally {
      if (!healed) await heal(t);
    }
  });

const pairs = [
  ["vtep-entry-gone", "address-pool-full"],
  ["forwarding-off", "pod-mtu-large"],
  ["icmp-dropped", "pod-resolver-dead"],
] as const;
for (const names of isUsual ? pairs : [])
  test.serial(`${names.join(" and ")} at once: both are named`, async (t) => {
    if (seen.pairs.some((one) => one.names.join() === names.join())) {
      t.pass("an earlier part of this run has seen it");
      return;
    }
    t.timeout(600_000);
    const placed = names.map((name) => usual(faultNamed(name)!));
    try {
      for (const one of placed) await breakAt(one);
      const found = diagnose();
      const rank = rankOf(found, names);
      keep({ pairs: [...seen.pairs, { names, rank }] });
      t.deepEqual(differing(found, placed), []);
      t.true(rank !== null && rank <= 2, JSON.stringify(found.explanations));
    } finally {
      await heal(t);
    }
  });

const randomRounds = isUsual ? 20 : 0;
/** Chance that can be repeated. */
const pick = <T>(all: readonly T[], round: number): T => all[(round * 7919 + 104729) % all.length]!;

for (let round = 1; round <= randomRounds; round++)
  test.serial(`round ${round} of ${randomRounds}: a fault anywhere, and what the diagnosis makes of it`, async (t) => {
    if (seen.random.length >= round) {
      t.pass("an earlier part of this run has seen it");
      return;
    }
    t.timeout(600_000);
    const fault = pick(tried, round);
    const target: Target = pick(
      everyPlace(fault, bench.lab).filter(({ node }) => node.role !== "control-plane"),
      round,
    );
    try {
      await breakAt({ fault, target });
      const found = diagnose();
      // How often it is named is published as it is; what must hold is that the lab is as it was afterwards.
      keep({
        random: [
          ...seen.random,
          { name: fault.name, on: paramsOf(target)["node"] ?? "", rank: rankOf(found, [fault.name]) },
        ],
      });
    } finally {
      await heal(t);
    }
  });

withUsual("a fault with an end goes by itself at its time, and the node is as it was", async (t) => {
  t.timeout(300_000);
  const { run, results, lab, healthy } = bench;
  const { fault, target } = usual(faultNamed("forwarding-off")!);
  try {
    const made = await putIn(run, results, { ...order({ fault, target }), for: 5 });
    const left = Date.parse(made.until ?? "") - Date.now();
    t.true(left > 0 && left <= 6_000, made.until ?? "no end");
    t.is((await askFaults(run, results)).length, 1);
    await pause(left + 3_000);
    t.deepEqual(await askFaults(run, results), []);
    t.deepEqual(changesBetween(healthy, await takeSnapshots(run, results, lab)), []);
  } finally {
    await healAll();
  }
});

withUsual(
  "a restart takes what was in the kernel with it, what was in files stays, and healing after it is exact",
  async (t) => {
    t.timeout(900_000);
    const { run, results } = bench;
    const placed = ["forwarding-off", "address-pool-full"].map((name) => usual(faultNamed(name)!));
    const node = placed[0]!.target.node.name;
    try {
      for (const one of placed) await breakAt(one);
      spawnSync("docker", ["restart", container(stackName, node)]);
      for (let tries = 0; tries < 60 && !answers(node); tries++) await pause(1_000);
      t.deepEqual(
        (await askFaults(run, results)).map(({ name, seen: still }) => [name, still]),
        [
          ["address-pool-full", true],
          ["forwarding-off", false],
        ],
      );
    } finally {
      await takeAway(run, results, await askFaults(run, results));
    }
    t.deepEqual(await askFaults(run, results), []);
    t.is(inMachine(stackName, node, "sysctl --values net.ipv4.ip_forward").trim(), "1");
    t.is(inMachine(stackName, node, "grep -rlF /var/lib/podnet/faults /var/lib/cni/networks | wc -l").trim(), "0");
    // Its pods have other addresses now: an update looks at them anew, and every claim holds.
    t.is(diagnose().verdict, "healthy");
  },
);

/** Whether one can log in. */
const answers = (node: string): boolean =>
  spawnSync("docker", ["exec", container(stackName, node), "systemctl", "is-active", "--quiet", "ssh"]).status === 0;

test.serial("every round was run", (t) => {
  keep({ complete: true });
  t.true(seen.healthy.length >= tried.length / 4, "healthy rounds");
  t.is(seen.random.length, randomRounds);
});
