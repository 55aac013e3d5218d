/** flannel's ways to carry a packet from node to node, as the config names them. */
export const backendNames = ["vxlan", "host-gw"] as const;
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

/** Which roles there are between the bridge and the wire, by what names and numbers. All else about a backend follows from this. */
export interface Backend {
  readonly name: BackendName;
  /** `Backend` of flannel's net-conf.json. */
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** @default none: the node's own interface sends the packet as it is, to the other node's address */
  readonly tunnel?: Tunnel;
  /** The VXLAN device that flanneld announces on the Node object. @default none is announced */
  readonly vtep?: string;
  /** All devices that flanneld makes. */
  readonly devices: readonly string[];
  /** By so many bytes the pods' MTU is smaller than the wire's. */
  readonly reserved: number;
}

const vxlan: Tunnel = { device: "flannel.1", port: 8472, inside: 8 + 8 + 14, overhead: 20 + 8 + 8 + 14 };

const backends: Readonly<Record<BackendName, Backend>> = {
  vxlan: {
    name: "vxlan",
    config: { Type: "vxlan", VNI: 1 },
    tunnel: vxlan,
    vtep: vxlan.device,
    devices: [vxlan.device],
    reserved: vxlan.overhead,
  },
  "host-gw": { name: "host-gw", config: { Type: "host-gw" }, devices: [], reserved: 0 },
};

export const usualBackend: BackendName = "vxlan";

export const backendOf = (name: BackendName = usualBackend): Backend => backends[name];

/** Every device that some backend of flannel makes, those included that the lab does not offer. */
export const flannelDevices = ["flannel.1", "flannel0", "flannel.ipip", "flannel-wg"] as const;

/** Whether frames for other nodes' pods go through the VXLAN device. */
export const carriedByVxlan = ({ tunnel, vtep }: Backend): boolean => tunnel !== undefined && tunnel.device === vtep;

/** Hops that a packet and its answer have on each of two nodes: the pod's cable, the bridge, what is between, the wire. */
export const hopsOnEnd = ({ tunnel }: Backend): number => 2 * (tunnel === undefined ? 3 : 4);

/** What a claim says of the backend: nothing of the usual one. */
export const aboutBackend = ({ name }: Backend): { readonly backend?: BackendName } =>
  name === usualBackend ? {} : { backend: name };
