import { aboutBackend, type Backend } from "../backends.ts";
import type { Claim } from "../claim.ts";
import type { NodeFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parseWireguard } from "../parse/wireguard.ts";
import { prove } from "../prove.ts";
import { networkOf } from "../cidr.ts";
import { clusterNode } from "./vteps.ts";

/**
 * One end of a tunnel that wraps packets into packets: by the device's own address the kernel knows what is for it, and sends. The other end stands in no
 * device: each route names it.
 */
export function proveTunnelEnd(scenario: string, node: NodeFacts, report: Observations, backend: Backend): Claim {
  const { tunnel } = backend;
  const device = tunnel?.device ?? "none";
  const expected = `IP in IP, from ${node.address} to whichever address a route names, up`;
  return prove(report, {
    scenario,
    kind: "tunnel-end",
    about: { node: node.name, ...aboutBackend(backend) },
    who: [node.name],
    expected,
    from: ["tunnel"],
    read: (output) => {
      const { ipip, up } = linkNamed(parseLinks(output), device);
      const to = ipip?.remote === "any" ? "whichever address a route names" : (ipip?.remote ?? "");
      const observed =
        ipip === undefined ? "no device for IP in IP" : `IP in IP, from ${ipip.local} to ${to}, ${up ? "up" : "down"}`;
      return { ok: observed === expected, expected, observed };
    },
  });
}

/** What each node says of its own end by way of its Node object is what every other node has for it, and both have agreed on keys. */
export const judgeWireguard = (
  scenario: string,
  nodes: readonly NodeFacts[],
  cluster: Observations,
  reportOf: (node: string) => Observations,
  backend: Backend,
): Claim[] =>
  nodes.flatMap((node) => [
    proveWireguardEnd(scenario, node, cluster, reportOf(node.name), backend),
    ...nodes
      .filter((peer) => peer !== node)
      .map((peer) => provePeerKnown(scenario, node, peer, cluster, reportOf(node.name), backend)),
  ]);

function proveWireguardEnd(
  scenario: string,
  node: NodeFacts,
  cluster: Observations,
  report: Observations,
  backend: Backend,
): Claim {
  const { port } = backend;
  return prove(report, {
    scenario,
    kind: "tunnel-end",
    about: { node: node.name, ...aboutBackend(backend) },
    who: [node.name],
    expected: `the public key as on its Node object, UDP port ${port}`,
    from: ["tunnel"],
    read: (output) => {
      const announced = announcedBy(cluster, node.name);
      const own = parseWireguard(output);
      const expected = `public key ${announced.publicKey}, UDP port ${port}`;
      const observed = `public key ${own.publicKey}, UDP port ${own.port}`;
      return { ok: observed === expected && announced.port === port, expected, observed };
    },
  });
}

function provePeerKnown(
  scenario: string,
  node: NodeFacts,
  peer: NodeFacts,
  cluster: Observations,
  report: Observations,
  backend: Backend,
): Claim {
  return prove(report, {
    scenario,
    kind: "tunnel-peer",
    about: { node: node.name, peer: peer.name, ...aboutBackend(backend) },
    who: [node.name, peer.name],
    expected: `the key that ${peer.name} announced, at ${peer.address}, for its pod CIDR alone, and keys agreed on`,
    from: ["tunnel"],
    read: (output) => {
      const { publicKey, port } = announcedBy(cluster, peer.name);
      const cidr = networkOf(clusterNode(cluster, peer.name).podCidr);
      const known = parseWireguard(output).peers.find((one) => one.publicKey === publicKey);
      const expected = `${publicKey} at ${peer.address}:${port} for ${cidr}, keys agreed on`;
      if (known === undefined)
        return { ok: false, expected, observed: `no peer with the key that ${peer.name} announced` };
      const observed = `${publicKey} at ${known.endpoint ?? "no address"} for ${known.allowed.join(", ") || "nothing"}, ${known.handshake === undefined ? "no keys agreed on" : "keys agreed on"}`;
      return { ok: observed === expected, expected, observed };
    },
  });
}

/** @throws Error when flanneld on the node has announced no key */
function announcedBy(cluster: Observations, node: string): { readonly publicKey: string; readonly port: number } {
  const { wireguard } = clusterNode(cluster, node);
  if (wireguard === undefined) throw new Error(`flanneld on ${node} announced no public key`);
  return wireguard;
}
