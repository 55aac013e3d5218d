import { z } from "zod";
import { contains, hostAddress, networkOf } from "../cidr.ts";
import type { Backend } from "../backends.ts";
import type { Claim } from "../claim.ts";
import { type Family, ipv4 } from "../family.ts";
import type { NodeFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { decide, type Fate, parseRules, type Supposed } from "../parse/iptables.ts";
import { parseNftRules } from "../parse/nft-rules.ts";
import { parseRoutes } from "../parse/routes.ts";
import { parseHealth, parseSections } from "../parse/sections.ts";
import { prove } from "../prove.ts";
import { clusterNode } from "./vteps.ts";

/** What keeps a node's network as it is: the rules for the way out, and the programs, from the report of nodes/observe/overlay.sh. */
export function judgePrograms(
  scenario: string,
  node: NodeFacts,
  cluster: Observations,
  report: Observations,
  { options }: Pick<Backend, "options"> = { options: {} },
  family = ipv4,
): Claim[] {
  const common = { scenario, about: { node: node.name }, who: [node.name] };
  return [
    ...(family === ipv4 ? [proveEgress(common, cluster, report, options.rules === "nftables")] : []),
    proveNewPod(common, report, family),
    prove(report, {
      ...common,
      kind: "flannel-ready",
      expected: "a running flanneld that answers, and a subnet.env with the node's pod CIDR",
      from: ["flanneld", "subnet"],
      answers: "any",
      read: (flanneld, env) => {
        const { podCidr } = clusterNode(cluster, node.name);
        const state = stateOf(flanneld, /^(\S+)\s+\S*flanneld\b/m);
        const { well, said } = parseHealth(flanneld);
        const { subnet, network } = parseSubnet(env, family);
        const fresh = networkOf(subnet) === networkOf(podCidr) && contains(network, subnet.split("/")[0]!);
        return {
          expected: `a running flanneld that answers, and ${networkOf(podCidr)} in subnet.env`,
          ok: state === "runs" && well && fresh,
          observed: `flanneld ${state}, ${said}; ${networkOf(subnet)} of ${network} in subnet.env`,
        };
      },
    }),
    prove(report, {
      ...common,
      kind: "agents",
      expected: "both run and answer 200",
      from: ["agents"],
      answers: "any",
      read: (output) => {
        const { before, named } = parseSections(output);
        const seen = ["kubelet", "kube-proxy"].map((name) => ({
          name,
          state: stateOf(before, new RegExp(`^${name}\\s+(\\S+)`, "m")),
          ...parseHealth(named.get(name) ?? ""),
        }));
        return {
          ok: seen.every(({ state, well }) => state === "runs" && well),
          observed: seen.map(({ name, state, said }) => `${name} ${state}, ${said}`).join("; "),
        };
      },
    }),
    proveReady(scenario, node.name, cluster),
  ];
}

interface Common {
  readonly scenario: string;
  readonly about: { readonly node: string };
  readonly who: readonly string[];
}

/** By the letters of `ps`. */
function stateOf(text: string, pattern: RegExp): string {
  const state = pattern.exec(text)?.[1];
  if (state === undefined) return "does not run";
  return /^[TtZX]/.test(state) ? "is stopped" : "runs";
}

/** An address that is for documentation: outside of every pod network. */
const outside = "192.0.2.1";

/** Where flannel writes its rules into a table of its own, that is asked where iptables has no answer: of two that translate, the first is what counts, and both come at once. */
function proveEgress(common: Common, cluster: Observations, report: Observations, byNft: boolean): Claim {
  return prove(report, {
    ...common,
    kind: "egress",
    expected: "MASQUERADE for what a pod sends outside, before any other rule takes it",
    from: byNft ? ["nat", "routes", "flannel-rules"] : ["nat", "routes"],
    read: (nat, table, listed) => {
      const { podCidr } = clusterNode(cluster, common.about.node);
      const rules = parseRules(nat);
      const own = listed === undefined ? undefined : parseNftRules(listed);
      const fate = (packet: Supposed): Fate => {
        const by = decide(rules, "POSTROUTING", packet);
        return by.rule === undefined && own !== undefined ? decide(own, "postrtg", packet) : by;
      };
      const out = parseRoutes(table).find(({ destination }) => destination === "default")?.device ?? "none";
      const fates = (["icmp", "tcp", "udp"] as const).map((protocol) => {
        const packet: Supposed = { source: hostAddress(podCidr, 2), destination: outside, out, protocol };
        return { protocol, ...fate(packet) };
      });
      const wrong = fates.filter(({ target }) => target !== "MASQUERADE" && target !== "SNAT");
      return {
        ok: wrong.length === 0,
        observed:
          wrong.map(({ protocol, target, rule }) => `${protocol}: ${rule?.text ?? target}`).join("; ") ||
          [...new Set(fates.map(({ rule }) => rule?.text))].join("; "),
      };
    },
  });
}

const conflist = z.object({ name: z.string(), plugins: z.array(z.object({ type: z.string() })) });

function proveNewPod(common: Common, report: Observations, family: Family): Claim {
  return prove(report, {
    ...common,
    kind: "new-pod",
    expected: "flannel in the first CNI configuration, its plugins, its subnet.env, and an address that is free",
    from: ["cni-config", "cni-files", "subnet"],
    answers: "any",
    read: (configs, files, env) => {
      const [first] = [...parseSections(configs).named].toSorted(([one], [other]) => (one < other ? -1 : 1));
      const text = first?.[1].trim() ?? "";
      if (first === undefined || !text.startsWith("{")) throw new Error("no CNI configuration in /etc/cni/net.d");
      const { plugins } = conflist.parse(JSON.parse(text));
      // flannel's plugin hands over to bridge, and that to host-local.
      const wanted = [...new Set([...plugins.map(({ type }) => type), "bridge", "host-local", "loopback"])];
      const { there, taken } = listed(files, family);
      const missing = wanted.filter((name) => !there.has(name));
      const { subnet } = parseSubnet(env, family);
      // Neither the network's own address, nor its last one, nor the gateway's.
      const bits = family.bits - Number(subnet.split("/")[1]);
      const all = 2 ** bits - 3;
      const used = taken.filter((address) => contains(subnet, address)).length;
      const problems = [
        ...(plugins.some(({ type }) => type === "flannel") ? [] : [`no flannel in ${first[0]}`]),
        ...missing.map((name) => `no plugin ${name}`),
        ...(used < all ? [] : ["no address is free"]),
      ];
      return {
        ok: problems.length === 0,
        observed:
          problems.join("; ") ||
          `${first[0]}, all plugins, ${used} of ${bits > 32 ? `2^${bits}` : all} addresses taken`,
      };
    },
  });
}

/** `ls PLUGINS POOL`. Before the first pod there is no pool. */
function listed(
  text: string,
  { name: family }: Family,
): { readonly there: ReadonlySet<string>; readonly taken: readonly string[] } {
  const part = (folder: string): string[] =>
    text
      .split(/\n(?=\S+:\n)/)
      .find((block) => block.startsWith(`${folder}:\n`))
      ?.trim()
      .split("\n")
      .slice(1) ?? [];
  return {
    there: new Set(part("/opt/cni/bin")),
    taken: part("/var/lib/cni/networks/cbr0").filter((name) =>
      (family === "ipv4" ? /^\d+\.\d+\.\d+\.\d+$/ : /^[\da-f]*:[\da-f:]+$/).test(name),
    ),
  };
}

const condition = z.object({
  name: z.string(),
  ready: z.object({
    status: z.string(),
    reason: z.string(),
    message: z.string(),
    lastHeartbeatTime: z.iso.datetime().optional(),
  }),
  lease: z.object({ renewTime: z.iso.datetime(), leaseDurationSeconds: z.number() }).nullable(),
  now: z.iso.datetime(),
});

/** Of a kubelet's lease, in seconds, as Kubernetes has it unless it is told otherwise. */
const leaseDuration = 40;

function proveReady(scenario: string, name: string, cluster: Observations): Claim {
  return prove(cluster, {
    scenario,
    kind: "node-ready",
    about: { node: name },
    who: [name],
    expected: "Ready, and its kubelet heard of in time",
    from: ["conditions"],
    read: (output) => {
      const all = output.split("\n").filter((line) => line !== "");
      const node = all.map((line) => condition.parse(JSON.parse(line))).find((one) => one.name === name);
      if (node === undefined) throw new Error(`the API server knows no node ${name}`);
      const { ready, lease, now } = node;
      // A kubelet that has joined just now has written its status, and writes its lease a few seconds later.
      const at = lease?.renewTime ?? ready.lastHeartbeatTime;
      const age = at === undefined ? Infinity : (Date.parse(now) - Date.parse(at)) / 1000;
      const inTime = age <= (lease?.leaseDurationSeconds ?? leaseDuration);
      const heard = at === undefined ? "no lease" : inTime ? "heard of in time" : `no word for ${Math.round(age)} s`;
      return {
        ok: ready.status === "True" && inTime,
        observed: `${ready.status === "True" ? "Ready" : `not Ready: ${ready.reason}, ${ready.message}`}; ${heard}`,
      };
    },
  });
}
