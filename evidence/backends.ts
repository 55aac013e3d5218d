import { z } from "zod";
import { type Family, hasFamily, type IpFamilies, ipv6 } from "./family.ts";

/** flannel's ways to carry a packet from node to node, as the config names them. */
export const backendNames = ["vxlan", "vxlan-direct", "host-gw", "udp", "ipip", "wireguard"] as const;
export type BackendName = (typeof backendNames)[number];

/** What people set of a backend beside its name; what is absent is as flannel has it. */
export const backendOptions = z.strictObject({
  vni: z.int().optional().describe("Number of the VXLAN network, which is in the name of flannel's device."),
  port: z.int().optional().describe("UDP port of the machines, to which packets are sent inside datagrams."),
  mtu: z
    .int()
    .optional()
    .describe("What flannel takes for the wire's MTU: its device and the pods have less by what it wraps around."),
  rules: z.literal("nftables").optional().describe("What flannel writes its rules into; absent: iptables."),
});
/** What flannel writes its rules into: those that let packets of pods through, and those that masquerade what leaves. iptables, unless it is told otherwise. */
export const flannelRules = ["iptables", "nftables"] as const;
export type BackendOptions = Readonly<z.infer<typeof backendOptions>>;

/** A backend as the config asks for it: its name alone, or with what was set beside it. */
export const carrier = z.union([
  z.enum(backendNames),
  z.strictObject({ name: z.enum(backendNames), ...backendOptions.shape }),
]);
export type Carrier = Readonly<z.infer<typeof carrier>>;

/** Which options a backend of flannel's takes. */
export const optionsOf: Readonly<Record<BackendName, readonly (keyof BackendOptions)[]>> = {
  vxlan: ["vni", "port", "mtu", "rules"],
  "vxlan-direct": ["vni", "port", "mtu", "rules"],
  "host-gw": ["rules"],
  udp: ["port", "rules"],
  ipip: ["rules"],
  wireguard: ["port", "mtu", "rules"],
};

/** The device that puts what is for another node's pods inside another packet, and what that packet is. */
export interface Tunnel {
  readonly device: string;
  /** UDP port, of both machines. @default no UDP: the number of the outer IP header says that another one follows */
  readonly port?: number;
  /** Bytes from the outer IP header's end on to the IP header of the packet inside. */
  readonly inside: number;
  /** By so many bytes the packet on the wire is longer than the one inside, its own IP header included. */
  readonly overhead: number;
  /** The packet inside is filled up to a multiple of so many bytes. @default it stays as long as it is */
  readonly block?: number;
}

/** What a packet of so many bytes is on the wire, its outer IP header included. One that fills the MTU is not filled up beyond that. */
export const lengthOnWire = ({ overhead, block = 1 }: Tunnel, length: number): number =>
  Math.ceil(length / block) * block + overhead;

/** Protocol number of IP in an IP header: IP-in-IP. */
export const ipInIp = 4 as const;

/**
 * What a node does with a packet for another node's pods: it wraps the frame, wraps the packet, hands it to a program that wraps it, encrypts it and wraps
 * that, or sends it as it is.
 */
export type Manner = "frame" | "packet" | "program" | "sealed" | "bare";

/** One route leads the whole pod network into the device, and what is behind that knows which part is whose. */
export const hasOneRoute = ({ manner }: Pick<Backend, "manner">): boolean =>
  manner === "program" || manner === "sealed";

/** Beside the route there is an entry for each other node, which says by what MAC it is reached. */
export const hasTables = ({ manner }: Pick<Backend, "manner">): boolean => manner === "frame" || manner === "bare";

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
  /** What was set beside the name, as far as it is not what flannel has anyway. */
  readonly options: BackendOptions;
  /** UDP port that must be open between the machines for flannel's device. @default there is no such device, or it uses no UDP */
  readonly port?: number;
  /** What flannel's configuration calls that port. @default Port */
  readonly portKey?: string;
  /** The kernel's own name for what that device is, which not every kernel has. @default every kernel that runs Kubernetes has it */
  readonly kernel?: string;
  /** All devices that flanneld makes. */
  readonly devices: readonly string[];
  /** By so many bytes the pods' MTU is smaller than the wire's. */
  readonly reserved: number;
  /** So many take one from the TTL between pods of two nodes: the nodes, and whatever program handles the packet beside the kernel. */
  readonly routers: number;
}

const ip = 20;
const udp = 8;
/** Bytes by which IPv6's header is longer than IPv4's. */
const more = ipv6.header - ip;
const vxlanPort = 8472;
const vxlan: Tunnel = { device: "flannel.1", port: vxlanPort, inside: udp + 8 + 14, overhead: ip + udp + 8 + 14 };
const tun = { device: "flannel0", port: 8285, inside: udp, overhead: ip + udp } satisfies Tunnel;
const ipip: Tunnel = { device: "flannel.ipip", inside: 0, overhead: ip };
/** Of WireGuard's message: type, receiver and counter before what is encrypted, and a tag behind it. */
const message = { before: 16, tag: 16 };
const wireguard = {
  device: "flannel-wg",
  port: 51820,
  inside: udp + message.before,
  overhead: ip + udp + message.before + message.tag,
  block: 16,
} satisfies Tunnel;
const kernelAlone = 2;
/** The VNI that flannel takes. */
export const usualVni = 1;
/** VNI and port stand there even where they are flannel's own: of a device that is there flanneld only compares what it was told. */
const vxlanConfig = { Type: "vxlan", VNI: usualVni, Port: vxlanPort } as const;

const backends: Readonly<Record<BackendName, Backend>> = {
  vxlan: {
    name: "vxlan",
    manner: "frame",
    config: vxlanConfig,
    announced: "vxlan",
    tunnel: vxlan,
    vtep: vxlan.device,
    options: {},
    port: vxlanPort,
    devices: [vxlan.device],
    reserved: vxlan.overhead,
    routers: kernelAlone,
  },
  // The device is there for nodes behind a router. A lab's nodes are in one subnet, so that none of its packets goes through it.
  "vxlan-direct": {
    name: "vxlan-direct",
    manner: "bare",
    config: { ...vxlanConfig, DirectRouting: true },
    announced: "vxlan",
    vtep: vxlan.device,
    options: {},
    port: vxlanPort,
    devices: [vxlan.device],
    reserved: vxlan.overhead,
    routers: kernelAlone,
  },
  "host-gw": {
    name: "host-gw",
    manner: "bare",
    config: { Type: "host-gw" },
    announced: "host-gw",
    options: {},
    devices: [],
    reserved: 0,
    routers: kernelAlone,
  },
  // flanneld itself reads each packet from the device, and takes one from the TTL at each end.
  udp: {
    name: "udp",
    manner: "program",
    config: { Type: "udp" },
    announced: "",
    tunnel: tun,
    options: {},
    port: tun.port,
    devices: [tun.device],
    reserved: tun.overhead,
    routers: kernelAlone + 2,
  },
  ipip: {
    name: "ipip",
    manner: "packet",
    config: { Type: "ipip" },
    announced: "ipip",
    tunnel: ipip,
    options: {},
    kernel: "ipip",
    devices: [ipip.device],
    reserved: ipip.overhead,
    routers: kernelAlone,
  },
  // flannel leaves room for an outer header of IPv6 in any case: of the 80 bytes by which the pods' MTU is smaller, 20 stay unused.
  wireguard: {
    name: "wireguard",
    manner: "sealed",
    config: { Type: "wireguard" },
    announced: "wireguard",
    tunnel: wireguard,
    options: {},
    port: wireguard.port,
    portKey: "ListenPort",
    kernel: "wireguard",
    devices: [wireguard.device],
    reserved: wireguard.overhead + more,
    routers: kernelAlone,
  },
};

export const usualBackend: BackendName = "vxlan";

export function backendOf(carrier: Carrier = usualBackend): Backend {
  const { name, vni, port, mtu, rules }: { readonly name: BackendName } & BackendOptions =
    typeof carrier === "string" ? { name: carrier } : carrier;
  const usual = backends[name];
  const options: BackendOptions = {
    ...(vni !== undefined && vni !== usualVni && { vni }),
    ...(port !== undefined && port !== usual.port && { port }),
    ...(mtu !== undefined && { mtu }),
    ...(rules !== undefined && { rules }),
  };
  return Object.keys(options).length === 0 ? usual : withOptions(usual, options);
}

/** The device has the VNI in its name; the rest of what follows from an option is where the option is. */
function withOptions(usual: Backend, options: BackendOptions): Backend {
  const { tunnel, vtep, portKey = "Port" } = usual;
  const { vni, port = usual.port, mtu } = options;
  const device = vni === undefined || vtep === undefined ? undefined : `flannel.${vni}`;
  return {
    ...usual,
    options,
    config: {
      ...usual.config,
      ...(vni !== undefined && { VNI: vni }),
      ...(port !== undefined && { [portKey]: port }),
      ...(mtu !== undefined && { MTU: mtu }),
    },
    ...(port !== undefined && { port }),
    ...(tunnel && { tunnel: { ...tunnel, device: device ?? tunnel.device, ...(port !== undefined && { port }) } }),
    ...(device !== undefined && { vtep: device, devices: [device] }),
  };
}

/**
 * Of an MTU flanneld takes what IPv4 wraps around, for the devices of both families and for pods. Where a lab has IPv6 it is told of one so much smaller that
 * nothing on the wire is larger than what was set: by IPv6 more is wrapped around.
 */
export const toldOf = ({ mtu, ...options }: BackendOptions, ipFamily?: IpFamilies): BackendOptions => ({
  ...options,
  ...(mtu !== undefined && { mtu: mtu - longer(ipFamily) }),
});

/** The MTU that was set, of a backend that has what flanneld is told. */
export const setMtuOf = ({ options: { mtu } }: Backend, ipFamily?: IpFamilies): number | undefined =>
  mtu === undefined ? undefined : mtu + longer(ipFamily);

const longer = (ipFamily: IpFamilies | undefined): number => (hasFamily(ipFamily, ipv6) ? more : 0);

/** Nothing was set beside its name. */
export const isUsual = ({ options }: Backend): boolean => Object.keys(options).length === 0;

/** The same as the config has it: a name alone where nothing was set beside it. */
export const carrierOf = (backend: Backend): Carrier =>
  isUsual(backend) ? backend.name : { name: backend.name, ...backend.options };

/** As the stack's outputs have it. */
export const carrierIn = (
  network: { readonly backend: BackendName; readonly options?: BackendOptions | undefined } | undefined,
): Carrier | undefined => network && { name: network.backend, ...network.options };

/** In one line, which is another one for another choice: `vxlan`, `vxlan vni=42 port=4789`. */
export const carrierKey = (choice: Carrier): string => {
  const { name, options } = backendOf(choice);
  return [name, ...Object.entries(options).map(([key, value]) => `${key}=${value}`)].join(" ");
};

/** A text that names the device and the port which flannel has by itself, with those of this backend. */
export function inTermsOf(backend: Backend, text: string): string {
  const usual = backends[backend.name];
  const renamed = usual.devices.reduce(
    (one, device, at) => one.replaceAll(device, backend.devices[at] ?? device),
    text,
  );
  return usual.port === undefined ? renamed : renamed.replaceAll(String(usual.port), String(backend.port));
}

/** flannel has a device of its own for the second family, and wraps its packets in IPv6. */
export function backendBy6(backend: Backend): Backend {
  const { tunnel, vtep, options } = backend;
  const device = options.vni === undefined ? ipv6.vtep : `flannel-v6.${options.vni}`;
  return {
    ...backend,
    ...(tunnel !== undefined && { tunnel: { ...tunnel, device, overhead: tunnel.overhead + more } }),
    ...(vtep !== undefined && { vtep: device }),
    devices: vtep === undefined ? [] : [device],
  };
}

/** The same for whichever family. */
export const backendBy = (backend: Backend, { name }: Family): Backend =>
  name === "ipv6" ? backendBy6(backend) : backend;

/** What flannel makes besides for the second family. */
export const secondDevices = (backend: Backend): readonly string[] => backendBy6(backend).devices;

/** Whether some backend of flannel makes a device of that name, those included that the lab does not offer, with whatever VNI. */
export const isFlannels = (device: string): boolean => /^flannel(\.\d+|-v6\.\d+|0|\.ipip|-wg|-wg-v6)$/.test(device);

/** Whether frames for other nodes' pods go through the VXLAN device. */
export const carriedByVxlan = ({ manner }: Backend): boolean => manner === "frame";

/** Hops that a packet and its answer have on each of two nodes: the pod's cable, the bridge, what is between, the wire. */
export const hopsOnEnd = ({ tunnel }: Backend): number => 2 * (tunnel === undefined ? 3 : 4);

/** What a claim says of the backend: nothing of the usual one. */
export const aboutBackend = (backend: Backend): { readonly backend?: Carrier } =>
  backend.name === usualBackend && isUsual(backend) ? {} : { backend: carrierOf(backend) };

/** The same where the sentence is another one for other options alone. */
export const aboutOptions = (backend: Backend): { readonly backend?: Carrier } =>
  isUsual(backend) ? {} : { backend: carrierOf(backend) };
