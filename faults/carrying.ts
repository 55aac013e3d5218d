import {
  type Backend,
  backendOf,
  type BackendName,
  type Carrier,
  type Manner,
  usualVni,
} from "../evidence/backends.ts";

/** Names and numbers of how a lab's packets get from node to node, as far as faults say them, or change them. */
export interface Carrying {
  /** The device that wraps what is for other nodes' pods, such as flannel.1. */
  readonly device: string;
  /** The machines' UDP port to which it sends that. */
  readonly port: string;
  /** Number of the VXLAN network. */
  readonly vni: number;
  /** What flannel takes for the wire's MTU: what was set, or Ethernet's. */
  readonly wireMtu: number;
  readonly podMtu: number;
}

/** Of a lab whose packets are not wrapped in this manner flannel's usual words for it: a fault about it is not for that lab, and still listed. */
const usualOf = { frame: "vxlan", packet: "udp" } as const satisfies Partial<Record<Manner, BackendName>>;

/** What stands in the faults about what is wrapped in this manner. Pure. */
export function carryingBy(manner: keyof typeof usualOf, carrier: Carrier | undefined): Carrying {
  const own = backendOf(carrier);
  const { tunnel, options, reserved }: Backend = own.manner === manner ? own : backendOf(usualOf[manner]);
  const { vni = usualVni, mtu: wireMtu = 1500 } = options;
  if (tunnel === undefined) throw new Error(`nothing is wrapped by ${own.name}`);
  return { device: tunnel.device, port: String(tunnel.port), vni, wireMtu, podMtu: wireMtu - reserved };
}

/** A VNI that is not this one. */
export const otherThan = (vni: number): number => (vni === 2 ** 24 - 1 ? vni - 1 : vni + 1);
