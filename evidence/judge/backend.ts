import {
  aboutBackend,
  type Backend,
  type BackendName,
  backendNames,
  backendBy,
  backendOf,
  isFlannels,
  secondDevices,
} from "../backends.ts";
import type { Claim } from "../claim.ts";
import { type Family, ipv4 } from "../family.ts";
import type { NodeFacts } from "../facts.ts";
import { find, type Observations, outputOf } from "../observation.ts";
import { parseNodes, parseSubnet } from "../parse/flannel.ts";
import { linkWith, parseLinks } from "../parse/ip.ts";
import { parseNeighbours, parseRoutes } from "../parse/routes.ts";
import { prove } from "../prove.ts";

/**
 * A node carries packets by the backend that the lab asks for, and by no other: what flanneld announced, which of flannel's devices are there, and
 * the pods' MTU. Somebody may have switched it by hand, and what the one before left behind would go on catching packets.
 */
export function proveBackend(
  scenario: string,
  backend: Backend,
  node: NodeFacts,
  cluster: Observations,
  report: Observations,
  family = ipv4,
): Claim {
  const {
    reserved,
    announced: type,
    options: { mtu: told },
  } = backend;
  const both = family === ipv4 && node.address6 !== undefined;
  const devices = [...backend.devices, ...(both ? secondDevices(backend) : [])];
  const carries = carriedBy(backend, node, cluster, report, family);
  const other = carries !== undefined && carries !== backend.name;
  const announcement = type === "" ? "no type" : type;
  const wire = told === undefined ? "the wire's MTU" : `an MTU of ${told}`;
  const made =
    devices.length === 0 ? "no device of flannel's" : `${devices.join(", ")} and no other device of flannel's`;
  return prove(report, {
    scenario,
    kind: "backend",
    about: { node: node.name, ...aboutBackend(backend), ...(other && { carries }) },
    who: [node.name],
    expected: `${announcement} announced, ${made}, and ${reserved === 0 ? wire : `${reserved} bytes less than ${wire}`} for pods`,
    from: ["interfaces"],
    read: (shown) => {
      const links = parseLinks(shown, family);
      const names = links.map(({ name }) => name).filter(isFlannels);
      const there = [
        ...devices.filter((device) => names.includes(device)),
        ...names.filter((name) => !devices.includes(name)),
      ];
      const announced = parseNodes(outputOf(cluster, "nodes")).find(({ name }) => name === node.name)?.backend;
      const largest = (told ?? linkWith(links, node).mtu) - reserved;
      // Whether flanneld wrote the file is another claim's question.
      const written = find(report, "subnet");
      const mtu = written.exit === 0 ? parseSubnet(written.output, family).mtu : undefined;
      // flanneld leaves a device that is there at the MTU that it has.
      const differs = links.filter(
        ({ name, mtu: own }) => told !== undefined && names.includes(name) && own !== largest,
      );
      const ok =
        !other &&
        differs.length === 0 &&
        (announced === undefined || announced === type) &&
        there.join() === devices.join() &&
        (mtu === undefined || mtu === largest);
      return {
        ok,
        expected: `${announcement} announced, ${made}, MTU ${largest} for pods`,
        observed: [
          announced === undefined ? "" : `${announced || "no type"} announced`,
          there.join(", ") || "no device of flannel's",
          mtu === undefined ? "no MTU for pods" : `MTU ${mtu} for pods`,
          ...differs.map(({ name, mtu: own }) => `${name} with MTU ${own}`),
          other ? `as with backend ${carries}` : "",
        ]
          .filter(Boolean)
          .join(", "),
      };
    },
  });
}

/**
 * What the node's flanneld carries packets by, whatever another backend has left beside it: as it was announced and, of the two that announce the same, as
 * the routes to other nodes' pods go. undefined where that is not known.
 */
function carriedBy(
  wanted: Backend,
  node: NodeFacts,
  cluster: Observations,
  report: Observations,
  family: Family,
): BackendName | undefined {
  try {
    const nodes = parseNodes(outputOf(cluster, "nodes"));
    const type = nodes.find(({ name }) => name === node.name)?.backend;
    const present = parseLinks(outputOf(report, "interfaces")).map(({ name }) => name);
    const others = nodes.flatMap(({ name, podCidr }) => (name === node.name ? [] : (podCidr ?? [])));
    const ways = parseRoutes(outputOf(report, "routes")).filter(({ destination }) => others.includes(destination));
    const [wrapped, bare] = [true, false].map((into) =>
      ways.some(({ device }) => /^flannel(-v6)?\.\d+$/.test(device ?? "") === into),
    );
    const leads = { frame: wrapped, packet: true, program: true, sealed: true, bare };
    return backendNames.find((name) => {
      const { announced, devices, manner } = name === wanted.name ? wanted : backendBy(backendOf(name), family);
      return announced === type && devices.every((device) => present.includes(device)) && leads[manner];
    });
  } catch {
    // The claim itself says what could not be observed.
    return undefined;
  }
}

/** Where the node's own interface is the way to the other node's pods, the kernel must know the other's MAC: ARP asks for it, as between any two machines. */
export function proveWireNeighbour(
  scenario: string,
  node: NodeFacts,
  peer: NodeFacts,
  report: Observations,
  other: Observations,
  family = ipv4,
): Claim {
  return prove(report, {
    scenario,
    kind: "wire-neighbour",
    about: { node: node.name, peer: peer.name },
    who: [node.name, peer.name],
    expected: `${peer.address} at the MAC of ${peer.name}'s own interface, learned`,
    from: ["wire-neighbours"],
    read: (output) => {
      const { mac } = linkWith(parseLinks(outputOf(other, "interfaces"), family), peer);
      const entry = parseNeighbours(output).find(({ address }) => address === peer.address);
      return {
        expected: `${peer.address} at ${mac ?? "no MAC"}, learned`,
        ok: entry?.mac !== undefined && entry.mac === mac && entry.state !== "PERMANENT",
        observed:
          entry === undefined
            ? `no entry for ${peer.address}`
            : `${peer.address} at ${entry.mac ?? "no MAC"}, ${entry.state === "PERMANENT" || entry.mac === undefined ? entry.state : "learned"}`,
      };
    },
  });
}
