import { setTimeout as pause } from "node:timers/promises";
import type { ScriptResult } from "../../nodes/script.ts";
import { middle, type Measured, quantile, type Round, type Way, ways } from "../../evidence/comparison.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { type Observations, outputOf } from "../../evidence/observation.ts";
import { parseStream, type Stream } from "../../evidence/parse/iperf.ts";
import { parseRoundTrips } from "../../evidence/parse/ping.ts";
import { usualBackend } from "../../evidence/backends.ts";
import { outputNode } from "../faults/lab.ts";
import type { Node, Results } from "../stack/results.ts";
import type { Run } from "../trace/door.ts";
import { observe, words } from "../trace/follow.ts";
import { Problem } from "../view/problem.ts";

/** How much is sent. */
export interface Effort {
  readonly rounds: number;
  readonly pings: number;
  /** Of each stream, and of the rest before it in which the machines are watched doing nothing for it. */
  readonly seconds: number;
}

/** The lessons whose pods are measured: two of one node, and two of different nodes. */
const lessons = { near: "pod-to-pod-single-node", across: "pod-to-pod-multi-node" } as const satisfies Record<
  Way,
  string
>;

/** From a pod to another, and the nodes that they are on. */
interface Pair {
  readonly from: PodFacts;
  readonly to: PodFacts;
  readonly sender: Node;
  readonly receiver: Node;
}

const unit = "podnet-compare";

/** @throws Problem where the lab has not the pods of both lessons */
export function pairOf(results: Results, way: Way): Pair {
  const namespace = lessons[way];
  const pods = (results.scenarios?.[namespace]?.pods ?? []).map((pod): PodFacts => ({ ...pod, namespace }));
  const [from, to] = pods;
  if (from === undefined || to === undefined)
    throw new Problem(
      `the lab has no pods of the lesson ${namespace}, between which packets are sent; add it to the config key lessons`,
    );
  return { from, to, sender: outputNode(results, from.node), receiver: outputNode(results, to.node) };
}

/** The nodes that have one of the pods. */
export const nodesOf = (results: Results): readonly Node[] => [
  ...new Set(
    ways.flatMap((way) => {
      const { sender, receiver } = pairOf(results, way);
      return [sender, receiver];
    }),
  ),
];

/** The pods of a node to which is sent. With one worker they are of two lessons, whose pods are called the same. */
export const receivingOn = (node: Node, pairs: readonly Pair[]): readonly PodFacts[] =>
  pairs.filter(({ receiver }) => receiver === node).map(({ to }) => ({ ...to, name: `${to.namespace}/${to.name}` }));

/** A lab as it stands, measured; the nodes have iperf3. */
export async function measure(run: Run, results: Results, effort: Effort): Promise<Measured> {
  const pairs = { near: pairOf(results, "near"), across: pairOf(results, "across") };
  const receivers = [...new Set(Object.values(pairs).map(({ receiver }) => receiver))];
  const serve = async (wanted: boolean): Promise<void> => {
    await Promise.all(
      receivers.map((node) => {
        const pods = wanted ? receivingOn(node, Object.values(pairs)) : [];
        return run(node, "observe/serve-load", { params: { PODS: words(pods), UNIT: unit } });
      }),
    );
  };
  const rounds: Record<Way, Round[]> = { near: [], across: [] };
  const mtus: number[] = [];
  await serve(true);
  try {
    // One round of each way after the other: what else the machine does meanwhile meets both.
    for (let number = 1; number <= effort.rounds; number++)
      for (const way of ways) {
        const { round, mtu } = await measureOnce(run, pairs[way], effort);
        rounds[way].push(round);
        mtus.push(mtu);
      }
  } finally {
    await serve(false);
  }
  const claims = Object.values(results.scenarios ?? {}).flatMap((scenario) => scenario.claims);
  return {
    backend: results.network?.backend ?? usualBackend,
    ...(results.network?.options && { options: results.network.options }),
    claims: { held: claims.filter(({ ok }) => ok).length, all: claims.length },
    mtu: middle(mtus),
    journey: results.scenarios?.[lessons.across]?.journey ?? [],
    rounds,
  };
}

async function measureOnce(
  run: Run,
  pair: Pair,
  { pings, seconds }: Effort,
): Promise<{ readonly round: Round; readonly mtu: number }> {
  const echoed = await send(run, pair, "icmp", pings);
  const times = parseRoundTrips(outputOf(echoed, "times"));
  const idle = await idling(run, pair, seconds);
  const tcp = await streamed(run, pair, "tcp", seconds);
  const udp = await streamed(run, pair, "udp", seconds);
  return {
    mtu: mtuOf(echoed),
    round: {
      median: middle(times),
      late: quantile(times, 0.99),
      tcp: tcp.stream.rate,
      udp: udp.stream.rate,
      udpLost: udp.stream.lost ?? 0,
      tcpWork: workFor(tcp, idle),
      udpWork: workFor(udp, idle),
    },
  };
}

type Reading = ScriptResult<"observe/processor">;

/** What was sent, and how far each machine had worked before and after. */
export interface Worked {
  readonly stream: Stream;
  readonly before: readonly Reading[];
  readonly after: readonly Reading[];
}

const readAll = (run: Run, { sender, receiver }: Pair): Promise<readonly Reading[]> =>
  Promise.all([...new Set([sender, receiver])].map((node) => run(node, "observe/processor", {})));

/** How much of each second the machines work anyway, each by its own clock. */
async function idling(run: Run, pair: Pair, seconds: number): Promise<readonly number[]> {
  const before = await readAll(run, pair);
  await pause(seconds * 1000);
  const after = await readAll(run, pair);
  return after.map(({ worked, at }, index) => (worked - before[index]!.worked) / (at - before[index]!.at));
}

async function streamed(run: Run, pair: Pair, load: "tcp" | "udp", seconds: number): Promise<Worked> {
  const before = await readAll(run, pair);
  const report = await send(run, pair, load, seconds);
  return { before, after: await readAll(run, pair), stream: parseStream(outputOf(report, "stream")) };
}

/** Seconds of work for a gigabit, less what the machines would have done in the same time anyway. Pure. */
export function workFor({ stream, before, after }: Worked, idle: readonly number[]): number {
  const micros = after.reduce((sum, { worked, at }, index) => {
    const first = before[index]!;
    return sum + worked - first.worked - (idle[index] ?? 0) * (at - first.at);
  }, 0);
  return Math.max(0, micros / 1e6 / stream.gigabits);
}

async function send(
  run: Run,
  { from, to, sender }: Pair,
  load: "icmp" | "tcp" | "udp",
  amount: number,
): Promise<Observations> {
  return await observe(run, sender, "observe/send-load", {
    params: { PODS: words([from, to]), FROM: from.name, TO: to.name, LOAD: load, AMOUNT: amount },
  });
}

function mtuOf(report: Observations): number {
  const [link] = JSON.parse(outputOf(report, "interface")) as readonly { readonly mtu: number }[];
  if (link === undefined) throw new Error(`no eth0 was observed on ${report.node}`);
  return link.mtu;
}
