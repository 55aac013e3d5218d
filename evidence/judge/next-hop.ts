import { type Backend, hasOneRoute, type Manner } from "../backends.ts";
import { type Family, ipv4 } from "../family.ts";
import { networkOf } from "../cidr.ts";
import type { NodeFacts } from "../facts.ts";
import { type Observations, outputOf } from "../observation.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { linkWith, parseLinks } from "../parse/ip.ts";
import { clusterNode } from "./vteps.ts";

/** Between whom a packet travels, and how. */
export interface Way {
  readonly backend: Backend;
  /** @default ipv4 */
  readonly family?: Family;
  readonly node: NodeFacts;
  readonly peer: NodeFacts;
  /** Report of nodes/observe/cluster.sh. */
  readonly cluster: Observations;
  /** Report of nodes/observe/overlay.sh on the node. */
  readonly report: Observations;
}

/** A route to the pods of another node, as `ip route` has it. */
export interface NextHop {
  readonly destination: string;
  /** @default none: the device takes all of it */
  readonly via?: string;
  readonly device: string;
  /** The kernel has to be told that the next hop is there: it is in no subnet of the node's. */
  readonly onlink: boolean;
}

/** What the route must say. @throws Error when the nodes' addresses or pod CIDRs are not known */
export function nextHop({ backend, family = ipv4, node, peer, cluster, report }: Way): NextHop {
  const { tunnel, manner } = backend;
  if (hasOneRoute(backend) && tunnel !== undefined)
    return {
      destination: parseSubnet(outputOf(report, "subnet"), family).network,
      device: tunnel.device,
      onlink: false,
    };
  const destination = networkOf(clusterNode(cluster, peer.name).podCidr);
  if (tunnel !== undefined) {
    // A frame needs somebody's MAC, which that address stands for. A packet needs the machine itself.
    const via = manner === "frame" ? destination.split("/")[0]! : peer.address;
    return { destination, via, device: tunnel.device, onlink: true };
  }
  const wire = linkWith(parseLinks(outputOf(report, "interfaces"), family), node);
  return { destination, via: peer.address, device: wire.name, onlink: false };
}

/** The same before anything was looked at. */
export function nextHopInWords({ manner, tunnel }: Backend, peer: string): string {
  const device = tunnel?.device ?? "the wire";
  const via: Readonly<Record<Manner, string>> = {
    frame: `, by way of the first address of ${peer}'s pod CIDR`,
    packet: `, by way of ${peer}'s own address`,
    program: ", directly",
    sealed: ", directly",
    bare: `, by way of ${peer}'s own address`,
  };
  return device + via[manner];
}
