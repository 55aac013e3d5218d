import { type Backend, backendBy6 } from "../../evidence/backends.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { firstFamily, type IpFamilies, ipv4, ipv6 } from "../../evidence/family.ts";
import { isAnswer } from "../../evidence/journey/marked.ts";
import { explain, locateLoss } from "../../evidence/loss.ts";
import { nodeBy6, podBy6 } from "../../evidence/second.ts";
import type { Node } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";
import { diagnose6 } from "./diagnose.ts";
import type { Run } from "./door.ts";
import { follow, type Flow, type Journey } from "./follow.ts";
import { choosePod } from "./pods.ts";
import type { Known } from "./target.ts";
import type { TraceResult } from "./view.ts";

/** Whether the user means IPv6: by the option, by an address of it, or since the lab has nothing else. @throws Problem for IPv4 there */
export function wantsIpv6(target: string, family: string | undefined, lab: IpFamilies | undefined): boolean {
  const alone = firstFamily(lab) !== ipv4;
  if (alone && family === "4")
    throw new Problem("this lab has IPv6 alone: no pod has an IPv4 address; leave out --family 4", 2);
  return alone || family === "6" || (target.includes(":") && family === undefined);
}

/** The pod that has this IPv6 address, or is called so. @throws Problem naming what can be written instead */
export function choosePod6({ pods }: Pick<Known, "pods">, wanted: string): PodFacts {
  const [, host] = /^\[?([0-9a-f:]+:[0-9a-f:]*)\]?$/i.exec(wanted) ?? [];
  const found = host === undefined ? undefined : pods.find(({ ip6 }) => ip6 === host.toLowerCase());
  if (host !== undefined && found === undefined)
    throw new Problem(`no pod has the address ${host}; by IPv6 a packet is followed from pod to pod`, 2);
  if (wanted.includes("/") && /^(svc|node)\//.test(wanted))
    throw new Problem(`by IPv6 a packet is followed from pod to pod; name a pod, and not ${wanted}`, 2);
  const pod = choosePod(pods, found === undefined ? wanted : `${found.namespace}/${found.name}`);
  if (pod.ip6 === undefined)
    throw new Problem(
      `${pod.name} has no IPv6 address; this lab has IPv4 alone: ./lab pulumi config set ipFamily dual`,
      2,
    );
  return pod;
}

/** One ping from pod to pod by IPv6, and where it was lost: the claims about the way say why. */
export async function traceBy6(
  run: Run,
  backend: Backend,
  controlPlane: Node,
  nodes: Flow["nodes"],
  pods: readonly [PodFacts, PodFacts],
): Promise<{ readonly flow: Flow; readonly journey: Journey; readonly result: TraceResult }> {
  const [from, to] = pods.map(podBy6) as [PodFacts, PodFacts];
  const seconds = nodes.map((node) => ({ ...node, ...nodeBy6(node) })) as unknown as Flow["nodes"];
  const flow: Flow = { protocol: "icmp", from, to, nodes: seconds, backend: backendBy6(backend), family: ipv6 };
  say(`Capturing on ${nodes.map(({ name }) => name).join(" and ")}, then sending one packet by IPv6`);
  const journey = await follow(run, flow);
  const hops = journey.steps.map(({ hop }) => hop);
  const { command, output, exit } = journey.probe;
  const common = { from, to, protocol: flow.protocol, probe: { command, output, exit }, hops };
  if (journey.answered) return { flow, journey, result: { ...common, verdict: "answered" } };
  const last = hops.at(-1);
  if (last?.leg === "reply" && !isAnswer(last.kind) && last.source === to.ip)
    return { flow, journey, result: { ...common, verdict: "refused" } };
  say("It was lost; checking the claims about the way");
  const loss = locateLoss(hops, "en", flow.backend);
  const failing = explain(loss, await diagnose6(run, controlPlane, pods, nodes, backend));
  const result = {
    ...common,
    verdict: "lost",
    loss: { ...loss, failing, why: { causes: [], limits: [] }, again: { sent: 0, answered: 0 } },
  } as const;
  return { flow, journey, result };
}
