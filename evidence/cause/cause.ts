/** In the order of their worth: the first that is known says the most about one packet. */
export const causeKinds = ["rule", "kernel", "route", "device", "qdisc", "entry", "setting"] as const;
export type CauseKind = (typeof causeKinds)[number];

/** The lab's own guard on the uplinks, by the name that its chain has in each table: it does what it is there for. */
export const guardChain = "PODNET-GUARD";

interface Found<K extends CauseKind> {
  readonly kind: K;
  /** The node that lost the packet, by its name in the cluster. */
  readonly node: string;
  /** The pod whose network namespace it is about. @default the node's own */
  readonly pod?: string;
  /** A command on that node, as it can be typed there, that shows it. */
  readonly see: string;
  /** A command on that node that mends it; none where the command depends on what is meant to be. */
  readonly mend?: string;
}

/** A rule, or the policy of a chain, that packets do not survive. */
export interface RuleCause extends Found<"rule"> {
  /** The program that prints the rule as it is shown here. */
  readonly tool: "iptables" | "iptables-legacy" | "nft";
  /** Of nftables: "ip", "inet", "bridge" and so on; "ip" for iptables. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** As the tool prints it; of a policy, "policy drop". */
  readonly rule: string;
  readonly comment?: string;
  /** "translate": it sends the packet to another address, or from another one, and it never arrived. */
  readonly verdict: "drop" | "reject" | "translate";
  /** How it was found: the packet itself was followed through the rules, or the rule's counter rose while it was sent. */
  readonly by: "trace" | "counter";
}

/** What the kernel itself said when it freed the packet. */
export interface KernelCause extends Found<"kernel"> {
  /** Its name for the reason, such as "IP_RPFILTER"; none before Linux 5.17, or where the kernel gives none. */
  readonly reason?: string;
  /** The function that dropped it, such as "ip_rcv_finish_core"; none where a counter rose alone. */
  readonly function?: string;
  /** The interface on which the packet had been seen last. */
  readonly device?: string;
  /** The counter that rose, such as "TcpExt IPReversePathFilter", where the kernel's events could not be followed. */
  readonly counter?: string;
}

/** The way that the node, or the pod, chooses for the packet is none, or another one than through the overlay. */
export interface RouteCause extends Found<"route"> {
  /** "none": no route at all; "refused": a route of type blackhole, unreachable or prohibit; "elsewhere": to another interface. */
  readonly what: "none" | "refused" | "elsewhere";
  readonly destination: string;
  /** The decision as `ip route get` prints it. */
  readonly decision: string;
  /** The table that decided, and the policy rule that led to it, where it is not the main one. */
  readonly table?: string;
  readonly rule?: string;
}

/** An interface that does not carry the packet. */
export interface DeviceCause extends Found<"device"> {
  readonly device: string;
  /** "unplugged": it is no port of the bridge; "changed": it is not as its node announced it; "drops": its own counter of dropped packets rose. */
  readonly what: "absent" | "down" | "unplugged" | "changed" | "drops";
  /** What was read of it, such as "not UP" or "TX dropped +10". */
  readonly seen: string;
}

/** A queueing discipline that dropped packets. */
export interface QdiscCause extends Found<"qdisc"> {
  readonly device: string;
  /** As tc prints it, such as "tbf 8001: root rate 200Kbit burst 32Kb lat 400ms". */
  readonly qdisc: string;
  /** Packets that it dropped while the packet was sent; none where the kernel named it. */
  readonly drops?: number;
}

/** An entry of a table of addresses that is missing or says what is not so. */
export interface EntryCause extends Found<"entry"> {
  /** "neighbour": an IP address's MAC; "forwarding": behind which port of a bridge, or which machine, a MAC is. */
  readonly what: "neighbour" | "forwarding";
  readonly device: string;
  /** The address that is looked up: of a neighbour an IP address, in a forwarding table a MAC. */
  readonly address: string;
  /** What the entry says, and what it should say; none where it is missing, or where nobody can tell. */
  readonly seen?: string;
  readonly expected?: string;
}

/** A switch of the kernel. */
export interface SettingCause extends Found<"setting"> {
  /** Its name, such as "net.ipv4.ip_forward". */
  readonly setting: string;
  readonly value: string;
  readonly needed: string;
}

/** Why a packet was lost. */
export type Cause = RuleCause | KernelCause | RouteCause | DeviceCause | QdiscCause | EntryCause | SettingCause;

/** The most worthy first; of one kind, in the order in which they were found. Pure. */
export function byWorth(causes: readonly Cause[]): readonly Cause[] {
  return causes.toSorted((one, other) => causeKinds.indexOf(one.kind) - causeKinds.indexOf(other.kind));
}
