import { type Family, ipv6 } from "./family.ts";

/** flannel's ways to carry a packet from node to node, as the config names them. */
export const backendNames = ["vxlan", "vxlan-direct", "host-gw", "udp"] as const;
export type BackendName = (typeof backendNames)[number];

/** The device that puts what is for another node's pods inside another packet, and what that packet is. */
export interface Tunnel {
  readonly device: string;
  /** UDP port, of both machines. */
  readonly port: number;
  /** Bytes from the UDP header on to the IP header of the packet inside. */
  readonly inside: number;
  /** By so many bytes the packet on the wire is longer than the one inside, its own IP header included. */
  readonly overhead: number;
}

/** What a node does with a packet for another node's pods: it wraps the frame, wraps the packet, or sends it as it is. */
export type Manner = "frame" | "packet" | "bare";

/** Which roles there are between the bridge and the wire, by what names and numbers. All else about a backend follows from this. */
export interface Backend {
  readonly name: BackendName;
  readonly manner: Manner;
  /** `Backend` of flannel's net-conf.json. */
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** Its type as flanneld writes it on the Node object; empty where flanneld writes none. */
  readonly announced: string;
  /** @default none: the node's own interface sends the packet as it is, to the other node's address */
  readonly tunnel?: Tunnel;
  /** The VXLAN device that flanneld announces on the Node object. @default none is announced */
  readonly vtep?: string;
  /** All devices that flanneld makes. */
  readonly devices: readonly string[];
  /** By so many bytes the pods' MTU is smaller than the wire's. */
  readonly reserved: number;
  /** So many take one from the TTL between pods of two nodes: the nodes, and whatever program handles the packet beside the kernel. */
  readonly routers: number;
}

const ip = 20;
const udp = 8;
const vxlan: Tunnel = { device: "flannel.1", port: 8472, inside: udp + 8 + 14, overhead: ip + udp + 8 + 14 };
const tun: Tunnel = { device: "flannel0", port: 8285, inside: udp, overhead: ip + udp };
const kernelAlone = 2;

const backends: Readonly<Record<BackendName, Backend>> = {
  vxlan: {
    name: "vxlan",
    manner: "frame",
    config: { Type: "vxlan", VNI: 1 },
    announced: "vxlan",
    tunnel: vxlan,
    vtep: vxlan.device,
    devices: [vxlan.device],
    reserved: vxlan.overhead,
    routers: kernelAlone,
  },
  // The device is there for nodes behind a router. A lab's nodes are in one subnet, so that none of its packets goes through it.
  "vxlan-direct": {
    name: "vxlan-direct",
    manner: "bare",
    config: { Type: "vxlan", VNI: 1, DirectRouting: true },
    announced: "vxlan",
    vtep: vxlan.device,
    devices: [vxlan.device],
    reserved: vxlan.overhead,
    routers: kernelAlone,
  },
  "host-gw": {
    name: "host-gw",
    manner: "bare",
    config: { Type: "host-gw" },
    announced: "host-gw",
    devices: [],
    reserved: 0,
    routers: kernelAlone,
  },
  // flanneld itself reads each packet from the device, and takes one from the TTL at each end.
  udp: {
    name: "udp",
    manner: "packet",
    config: { Type: "udp" },
    announced: "",
    tunnel: tun,
    devices: [tun.device],
    reserved: tun.overhead,
    routers: kernelAlone + 2,
  },
};

export const usualBackend: BackendName = "vxlan";

export const backendOf = (name: BackendName = usualBackend): Backend => backends[name];

/** Bytes by which IPv6's header is longer than IPv4's. */
const more = ipv6.header - ip;

/** flannel has a device of its own for the second family, and wraps its packets in IPv6. */
export function backendBy6(backend: Backend): Backend {
  const { tunnel, vtep } = backend;
  return {
    ...backend,
    ...(tunnel !== undefined && { tunnel: { ...tunnel, device: ipv6.vtep, overhead: tunnel.overhead + more } }),
    ...(vtep !== undefined && { vtep: ipv6.vtep }),
  };
}

/** The same for whichever family. */
export const backendBy = (backend: Backend, { name }: Family): Backend =>
  name === "ipv6" ? backendBy6(backend) : backend;

/** What flannel makes besides for the second family. */
export const secondDevices = ({ vtep }: Backend): readonly string[] => (vtep === undefined ? [] : [ipv6.vtep]);

/** Every device that some backend of flannel makes, those included that the lab does not offer. */
export const flannelDevices = ["flannel.1", "flannel-v6.1", "flannel0", "flannel.ipip", "flannel-wg"] as const;

/** Whether frames for other nodes' pods go through the VXLAN device. */
export const carriedByVxlan = ({ manner }: Backend): boolean => manner === "frame";

/** Hops that a packet and its answer have on each of two nodes: the pod's cable, the bridge, what is between, the wire. */
export const hopsOnEnd = ({ tunnel }: Backend): number => 2 * (tunnel === undefined ? 3 : 4);

/** What a claim says of the backend: nothing of the usual one. */
export const aboutBackend = ({ name }: Backend): { readonly backend?: BackendName } =>
  name === usualBackend ? {} : { backend: name };
