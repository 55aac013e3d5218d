import { z } from "zod";
import { ipv4 } from "../family.ts";

export interface Subnet {
  /** Addresses of the whole pod network, CIDR. */
  readonly network: string;
  /** This node's part of it, as the address of cni0 with the prefix length. */
  readonly subnet: string;
  /** MTU of a pod's interface. */
  readonly mtu: number;
}

/** /run/flannel/subnet.env, what flanneld tells the CNI plugin. */
export function parseSubnet(text: string, { name } = ipv4): Subnet {
  const value = (key: string): string => {
    const found = new RegExp(`^${key}=(.+)$`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`no ${key} in: ${text.trim() || "an empty output"}`);
    return found;
  };
  const of = name === "ipv6" ? "FLANNEL_IPV6_" : "FLANNEL_";
  return { network: value(`${of}NETWORK`), subnet: value(`${of}SUBNET`), mtu: Number(value("FLANNEL_MTU")) };
}

const nodes = z.array(
  z.object({
    name: z.string(),
    podCIDR: z.string().nullable(),
    vtep: z.string().nullable(),
    backend: z.string().nullish(),
  }),
);
const vtep = z.object({ VNI: z.number(), VtepMAC: z.string() });
const wireguard = z.object({ PublicKey: z.string(), Port: z.number() });
const announcement = z.union([vtep, wireguard]);

export interface ClusterNode {
  readonly name: string;
  /** Pod addresses that the control plane gave it, CIDR. */
  readonly podCidr?: string;
  /** What its flanneld announced to the others. */
  readonly backend?: string;
  readonly vtep?: { readonly vni: number; readonly mac: string };
  readonly wireguard?: { readonly publicKey: string; readonly port: number };
}

/** The nodes as nodes/observe/cluster.sh asks for them. */
export function parseNodes(text: string): ClusterNode[] {
  return nodes.parse(JSON.parse(text)).map((node) => {
    // Only VXLAN and WireGuard have something to say of their device; the others announce null.
    const data: unknown = node.vtep === null ? null : JSON.parse(node.vtep);
    const announced = data === null ? undefined : announcement.parse(data);
    return {
      name: node.name,
      podCidr: node.podCIDR ?? undefined,
      ...(typeof node.backend === "string" && { backend: node.backend }),
      ...(announced !== undefined &&
        ("VNI" in announced
          ? { vtep: { vni: announced.VNI, mac: announced.VtepMAC } }
          : { wireguard: { publicKey: announced.PublicKey, port: announced.Port } })),
    };
  });
}
