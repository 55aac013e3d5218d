import { aboutBackend, type Backend } from "../backends.ts";
import { hostAddress } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import { ipv4 } from "../family.ts";
import type { NodeFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { parseForwarding } from "../parse/bridge.ts";
import { linkNamed, linkWith, parseLinks } from "../parse/ip.ts";
import { parseQueues, type Queue } from "../parse/queues.ts";
import { parseNeighbours } from "../parse/routes.ts";
import { parseSections, parseSettings } from "../parse/sections.ts";
import { prove } from "../prove.ts";
import { ofFamily } from "../second.ts";
import { clusterNode } from "./vteps.ts";

/** The names of the pods' network namespaces: without one, the node has had no reason to make a bridge. */
const podsInside = (output: string): string[] => [...parseSections(output).named.keys()];
const noPodYet = "no pod has an address here, and no bridge was made";

/** What a node does for the packets of every pod on it, from the report of nodes/observe/overlay.sh. */
export function judgeNode(
  scenario: string,
  node: NodeFacts,
  cluster: Observations,
  report: Observations,
  backend: Backend,
  family = ipv4,
): Claim[] {
  const common = { scenario, about: { node: node.name }, who: [node.name] };
  const { tunnel } = backend;
  /** Of what the node's own packets for other nodes' pods pass, beside the wire. */
  const between = tunnel === undefined ? [] : [tunnel.device];
  const theWire = ["the wire", ...between].join(", ");
  const linkUp = prove(report, {
    ...common,
    kind: "link-up",
    about: { node: node.name, ...aboutBackend(backend) },
    expected: `up, and the other end too: ${theWire}, cni0 and each of its ports`,
    from: ["interfaces", "pods-inside"],
    read: (shown, inside) => {
      const links = parseLinks(shown, family);
      const ports = links.filter(({ master }) => master === "cni0");
      const bridge = links.find(({ name }) => name === "cni0");
      if (bridge === undefined && podsInside(inside).length > 0) throw new Error("there is no cni0");
      const way = [
        linkWith(links, node),
        ...between.map((device) => linkNamed(links, device)),
        // A bridge without a port has no other end.
        ...(bridge === undefined ? [] : [{ ...bridge, carrier: bridge.carrier || ports.length === 0 }]),
        ...ports,
      ];
      const down = way.filter(({ up, carrier }) => !up || !carrier);
      return {
        ok: down.length === 0,
        observed:
          down.map(({ name, up }) => `${name} ${up ? "has no carrier" : "is down"}`).join(", ") || "all of them are",
      };
    },
  });
  const learned = prove(report, {
    ...common,
    kind: "learned-entries",
    expected: "no entry for a pod's MAC but learned ones",
    from: ["fdb", "permanent", "interfaces", "pods-inside"],
    answers: "any",
    read: (fdb, permanent, shown, inside) => {
      const links = parseLinks(shown);
      if (!links.some(({ name }) => name === "cni0") && podsInside(inside).length === 0)
        return { ok: true, observed: noPodYet };
      if (parseForwarding(fdb).length === 0) throw new Error(`cni0 has no table: ${fdb.trim() || "an empty output"}`);
      const own = new Set(links.map(({ name, mac }) => `${mac} ${name}`));
      // A port's own MAC is permanent too, and so is every group that the node listens to.
      const written = fdb
        .split("\n")
        .filter((line) => / master /.test(line) && / (static|permanent)\b/.test(line))
        .filter((line) => parseForwarding(line).some(({ mac, port }) => !own.has(`${mac} ${port}`)));
      const { before, named } = parseSections(permanent);
      const neighbours = [["", before] as const, ...named].flatMap(([namespace, text]) =>
        parseNeighbours(text)
          .filter(({ device }) => (namespace === "" ? device === "cni0" : true))
          .map(({ address, mac }) => `${address} at ${mac ?? "no MAC"}${namespace && ` in ${namespace}`}`),
      );
      const all = [...written.map((line) => line.trim()), ...neighbours];
      return { ok: all.length === 0, observed: all.map((one) => `written: ${one}`).join("; ") || "none" };
    },
  });
  const undelayed = prove(report, {
    ...common,
    kind: "qdisc",
    expected: "the kernel's own disciplines, and nothing dropped while packets passed",
    from: ["queues-before", "queues", "interfaces"],
    read: (earlier, later, shown) => {
      const wire = linkWith(parseLinks(shown, family), node).name;
      const keyOf = ({ namespace, device, kind, handle }: Queue): string => [namespace, device, kind, handle].join();
      const before = new Map(parseQueues(earlier).map((queue) => [keyOf(queue), queue.dropped]));
      const wrong = parseQueues(later)
        .filter(
          ({ namespace, device }) =>
            namespace !== "" || [wire, ...between, "cni0"].includes(device) || device.startsWith("veth"),
        )
        .flatMap((queue) => {
          const dropped = queue.dropped - (before.get(keyOf(queue)) ?? 0);
          const where = `${queue.kind} on ${queue.device}${queue.namespace && ` in ${queue.namespace}`}`;
          return [
            ...(harmless(queue) ? [] : [`${where} ${queue.options}`.trim()]),
            ...(dropped > 0 ? [`${where} dropped ${dropped}`] : []),
          ];
        });
      return { ok: wrong.length === 0, observed: wrong.join("; ") || "none other, and nothing dropped" };
    },
  });
  // What is of IPv4 alone, and what judgeSecondOverlay says of IPv6 as well.
  if (family !== ipv4) return [...ofFamily([linkUp], family), learned, undelayed];
  return [
    linkUp,
    prove(report, {
      ...common,
      kind: "gateway",
      expected: "the first address of the node's pod CIDR on cni0",
      from: ["interfaces", "pods-inside"],
      read: (shown, inside) => {
        const { podCidr } = clusterNode(cluster, node.name);
        const first = `${hostAddress(podCidr, 1)}/${podCidr.split("/")[1]}`;
        const bridge = parseLinks(shown).find(({ name }) => name === "cni0");
        const expected = `${first} on cni0`;
        if (bridge === undefined && podsInside(inside).length === 0) return { ok: true, expected, observed: noPodYet };
        const seen = bridge?.addresses.map(({ address, prefix }) => `${address}/${prefix}`) ?? [];
        return {
          expected,
          ok: seen.join() === first,
          observed: bridge === undefined ? "there is no cni0" : `${seen.join(", ") || "no address"} on cni0`,
        };
      },
    }),
    prove(report, {
      ...common,
      kind: "forwarding-enabled",
      expected: `1: net.ipv4.ip_forward, and forwarding of ${theWire} and cni0`,
      from: ["forwarding", "interfaces"],
      read: (settings, shown) => {
        const values = parseSettings(settings);
        const wire = linkWith(parseLinks(shown), node).name;
        const seen = [
          ["net.ipv4.ip_forward", values.get("/proc/sys/net/ipv4/ip_forward")] as const,
          ...[wire, ...between, "cni0"].flatMap((device): (readonly [string, string])[] => {
            const value = values.get(`/proc/sys/net/ipv4/conf/${device}/forwarding`);
            return value === undefined ? [] : [[`forwarding of ${device === wire ? "the wire" : device}`, value]];
          }),
        ];
        const off = seen.filter(([, value]) => value !== "1");
        return {
          ok: off.length === 0,
          observed: off.map(([name, value]) => `${name} is ${value ?? "not there"}`).join(", ") || "1 in each",
        };
      },
    }),
    prove(report, {
      ...common,
      kind: "rp-filter",
      expected: "no packet from another node, or from a pod, is refused for the way back to its sender",
      from: ["rp-filters", "ways-back"],
      read: (settings, back) => {
        const values = parseSettings(settings);
        const valueOf = (device: string): string =>
          [device, "all"].map((one) => values.get(`/proc/sys/net/ipv4/conf/${one}/rp_filter`) ?? "?").join(" and all ");
        const lines = back.split("\n").filter((line) => line !== "");
        const refused = lines.flatMap((line) => {
          const [, from, device = "", answer = ""] = /^(\S+) on (\S+): (.*)$/.exec(line) ?? [];
          if (/^\S+ (from )?\S+ .*dev /.test(answer)) return [];
          return [`${from ?? line} on ${device}: ${answer.trim()} (rp_filter of ${device} ${valueOf(device)})`];
        });
        return { ok: lines.length > 0 && refused.length === 0, observed: refused.join("; ") || "none is refused" };
      },
    }),
    prove(report, {
      ...common,
      kind: "bridge-netfilter",
      expected: "1",
      from: ["bridge-netfilter"],
      read: (value) => ({ ok: value.trim() === "1", observed: value.trim() || "nothing" }),
    }),
    learned,
    undelayed,
  ];
}

/** Those that a kernel or a distribution puts on devices by itself: they queue what comes too fast, and neither delay nor shape anything. */
const plain: ReadonlySet<string> = new Set(
  "noqueue pfifo_fast pfifo bfifo mq mqprio fq fq_codel fq_pie codel sfq ingress clsact".split(" "),
);
const harmless = ({ kind, options }: Queue): boolean =>
  plain.has(kind) || (kind === "cake" && /\bbandwidth unlimited\b/.test(options));
