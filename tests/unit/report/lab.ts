// The outputs of a real lab, and what they would be with more workers or with claims that do not hold.
import { readFileSync } from "node:fs";
import type { NodeOutput, PodOutput } from "../../../components/outputs.ts";
import type { Claim } from "../../../evidence/claim.ts";
import type { Hop } from "../../../evidence/journey/journey.ts";
import { type ReportOptions, renderReport } from "../../../report/page.ts";
import { type ReportOutputs, reportOutputs } from "../../../report/proofs.ts";
import { assets } from "../../../cli/verbs/report.ts";

const transcript = new URL("../../transcripts/report/outputs.json", import.meta.url);

export const readOutputs = (): ReportOutputs => reportOutputs.parse(JSON.parse(readFileSync(transcript, "utf8")));

export const render = (outputs: ReportOutputs, options: Partial<ReportOptions> = {}): string =>
  renderReport(outputs, { stack: "test", ...assets(), ...options });

const multi = "pod-to-pod-multi-node";

type Writable<T> = T extends unknown ? { -readonly [K in keyof T]: T[K] } : never;

/** A copy, without the types' promise that nothing of it is changed. */
interface Changeable extends ReportOutputs {
  nodes: NodeOutput[];
  scenarios: Record<string, { pods: readonly PodOutput[]; claims: Writable<Claim>[]; journey?: Hop[] }>;
}
export const changeable = (outputs: ReportOutputs): Changeable => structuredClone(outputs) as Changeable;

/** More workers, each known to all others; the first of the two pods on different nodes moved to the third worker. */
export function withWorkers(outputs: ReportOutputs, count: number): ReportOutputs {
  const copy = changeable(outputs);
  const scenario = copy.scenarios[multi]!;
  const model = copy.nodes.at(-1)!;
  const output = (kind: string): string =>
    scenario.claims.find(({ id }) => id.startsWith(`${multi}/${kind}/${model.name}`))!.output;
  const modelMac = /link\/ether (\S+)/.exec(output("vtep"))![1]!;
  const modelSubnet = /^(\S+)\/24 dev cni0/m.exec(output("route"))![1]!;
  for (let number = copy.nodes.length; number <= count; number++) {
    const [name, subnet, mac] = [`k8s-worker${number}`, `10.244.${10 + number}.0`, `56:ba:76:17:cf:0${number}`];
    const address = model.address.replace(/\d+$/, String(10 + number));
    const announced = {
      name,
      podCIDR: `${subnet}/24`,
      addresses: [{ type: "InternalIP", address }],
      vtep: JSON.stringify({ VNI: 1, VtepMAC: mac }),
    };
    for (const claim of scenario.claims as { output: string; command: string }[]) {
      if (claim.command === "ip route") claim.output += `${subnet}/24 via ${subnet} dev flannel.1 onlink \n`;
      if (claim.command.startsWith("ip neigh show dev flannel")) claim.output += `${subnet} lladdr ${mac} PERMANENT \n`;
      if (claim.command.startsWith("bridge fdb show dev flannel"))
        claim.output += `${mac} dst ${address} self permanent\n`;
      if (claim.command.includes("get nodes --output"))
        claim.output = JSON.stringify([...(JSON.parse(claim.output) as unknown[]), announced]);
    }
    const like = (kind: "vtep" | "vtep-neighbour" | "vtep-forwarding", ...about: string[]): Claim => {
      const found = scenario.claims.find((claim) => claim.id.startsWith(`${multi}/${kind}/${model.name}`))!;
      const own =
        kind === "vtep-neighbour"
          ? `${modelSubnet} lladdr ${modelMac} PERMANENT \n`
          : kind === "vtep"
            ? ""
            : `${modelMac} dst ${model.address} self permanent\n`;
      return {
        ...found,
        output: found.output + own,
        id: [multi, kind, ...about].join("/"),
        kind,
        about: { node: about[0], ...(about[1] !== undefined && { peer: about[1] }) },
        node: about[0]!,
        claim: found.claim.replaceAll(model.name, name),
      } as Claim;
    };
    const vtep = like("vtep", name);
    scenario.claims.push({ ...vtep, output: vtep.output.replaceAll(modelMac, mac).replaceAll(model.address, address) });
    for (const { name: other } of copy.nodes) {
      scenario.claims.push(like("vtep-neighbour", name, other), like("vtep-forwarding", name, other));
      scenario.claims.push(
        { ...like("vtep-neighbour", other, name), node: other },
        { ...like("vtep-forwarding", other, name), node: other },
      );
    }
    copy.nodes.push({ ...model, name, address });
  }
  if (count < 3) return copy;
  const swapped = JSON.stringify(scenario).replaceAll(
    /k8s-worker([13])\b/g,
    (_, number) => `k8s-worker${4 - Number(number)}`,
  );
  const addresses = [copy.nodes[1]!.address, copy.nodes[3]!.address];
  const all = swapped.replaceAll(
    new RegExp(addresses.map((one) => `${one.replaceAll(".", "\\.")}(?!\\d)`).join("|"), "g"),
    (one) => (one === addresses[0] ? addresses[1]! : addresses[0]!),
  );
  copy.scenarios[multi] = JSON.parse(all) as typeof scenario;
  return copy;
}

/** One worker: the other of the two pods is on the control plane. */
export function withOneWorker(outputs: ReportOutputs): ReportOutputs {
  const copy = changeable(outputs);
  const [gone, worker, other] = copy.nodes as [NodeOutput, NodeOutput, NodeOutput];
  copy.nodes = [{ ...other, role: "control-plane" }, worker];
  for (const scenario of Object.values(copy.scenarios))
    scenario.claims = scenario.claims.filter(({ id }) => !id.includes(`/${gone.name}`));
  return copy;
}

/** The same with claims that do not hold. */
export function withFailing(outputs: ReportOutputs, fails: (id: string) => boolean, observed = "no entry"): Changeable {
  const copy = changeable(outputs);
  for (const scenario of Object.values(copy.scenarios)) {
    scenario.claims = scenario.claims.map((claim) => (fails(claim.id) ? { ...claim, ok: false, observed } : claim));
  }
  return copy;
}
