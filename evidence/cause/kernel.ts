import type { Observations } from "../observation.ts";
import { type KernelEvent, parseEvents } from "../parse/kernel-events.ts";
import { parseProtocols } from "../parse/counters.ts";
import type { KernelCause } from "./cause.ts";
import { placeOfLoss, type Scene, seenAs } from "./scene.ts";

/** What happened to the packets that were followed, one list for each. */
function histories(events: readonly KernelEvent[]): readonly (readonly KernelEvent[])[] {
  const found = new Map<string, KernelEvent[]>();
  for (const event of events) {
    const history = found.get(event.packet);
    // A packet that has ended leaves its place to another.
    if (history === undefined || history.at(-1)?.dropped !== undefined) found.set(event.packet, [event]);
    else history.push(event);
  }
  return [...found.values()];
}

/** Reasons that belong to the sockets of programs, not to a packet on its way. */
const ofSockets = /^(TCP_|SOCKET_|QUEUE_PURGE|PACKET_SOCK|UNIX_)/;

/** In the sender's own time other packets may be received too. */
const whileSending = ([event]: readonly KernelEvent[]): boolean =>
  event?.dropped !== undefined &&
  event.dropped.reason !== "OTHERHOST" &&
  !/rcv|receive|^(tcp|sk)_/.test(event.dropped.function);

/** What the kernel says of those that it dropped; the most frequent first. */
export function findDrops(scene: Scene): readonly KernelCause[] {
  const node = placeOfLoss(scene);
  // Nodes that are containers share a kernel, and then each of them tells it all.
  const own = scene.reports.filter((report) => report.node === node);
  for (const report of [...own, ...scene.reports.filter((one) => !own.includes(one))]) {
    const events = parseEvents(seenAs(report, "events"));
    const ways = histories(events).filter((history) => !ofSockets.test(history.at(-1)?.dropped?.reason ?? ""));
    const lost = ways.filter((history) => history.length > 1 && history.at(-1)?.dropped !== undefined);
    // Never on an interface: the sender's own system call ended there.
    const unsent = ways.every((history) => history.length === 1) ? ways.filter(whileSending) : [];
    const causes = counted((lost.length > 0 ? lost : unsent).map((history) => causeOf(node, scene, history)));
    if (causes.length > 0) return causes;
  }
  return own.flatMap((report) => byCounters(report));
}

function causeOf(node: string, { last, from }: Scene, history: readonly KernelEvent[]): KernelCause {
  const { dropped } = history.at(-1)!;
  const device = history.findLast((event) => event.device !== undefined)?.device;
  const { function: at, reason } = dropped ?? { function: "unknown" };
  return {
    kind: "kernel",
    node,
    ...(last === undefined && { pod: from.name }),
    ...(reason !== undefined && { reason }),
    function: at,
    ...(device !== undefined && { device }),
    see:
      last === undefined
        ? "iptables-save --counters; tc -statistics qdisc; ip link"
        : lookAt(reason ?? at, device ?? "eth0"),
  };
}

/** The command of every day that shows most about what the kernel means. */
function lookAt(reason: string, device: string): string {
  switch (reason) {
    case "NETFILTER_DROP":
      return "iptables-save --counters; nft list ruleset";
    case "IP_RPFILTER":
      return `sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.${device.replaceAll(".", "/")}.rp_filter; ip rule; ip route`;
    case "IP_INADDRERRORS":
      return "sysctl net.ipv4.ip_forward; ip rule; ip route show table all";
    // The function that answers for routes which forbid the way, where the kernel gives no reason.
    case "ip_error":
    case "IP_INNOROUTES":
    case "IP_OUTNOROUTES":
      return "ip rule; ip route show table all";
    case "OTHERHOST":
      return `ip link show ${device}; ip neigh`;
    case "TC_INGRESS":
    case "TC_EGRESS":
      return `tc filter show dev ${device} ${reason === "TC_INGRESS" ? "ingress" : "egress"}`;
    case "QDISC_DROP":
    case "QDISC_OVERLIMIT":
    case "QDISC_CONGESTED":
      return `tc -statistics qdisc show dev ${device}`;
    case "NO_TX_TARGET":
    case "VXLAN_NO_REMOTE":
      return `bridge fdb show dev ${device}`;
    case "NEIGH_FAILED":
    case "NEIGH_QUEUEFULL":
      return "ip neigh; ip link";
    default:
      return `ip -statistics link show dev ${device}`;
  }
}

/** Equal ones once, the most frequent first. */
function counted(causes: readonly KernelCause[]): readonly KernelCause[] {
  const key = (cause: KernelCause): string => JSON.stringify(cause);
  const counts = new Map<string, number>();
  for (const cause of causes) counts.set(key(cause), (counts.get(key(cause)) ?? 0) + 1);
  const times = (cause: KernelCause): number => counts.get(key(cause)) ?? 0;
  const once = [...new Map(causes.map((cause) => [key(cause), cause])).values()];
  const most = Math.max(...once.map(times));
  // The kernel gives the place of a packet that arrived to another one, which may end badly: that happens once, not each time.
  return once.filter((cause) => times(cause) * 2 > most).toSorted((one, other) => times(other) - times(one));
}

/** The kernel's own counters of packets on their way that say why, and the reason that each stands for. */
const counters: Readonly<Record<string, string>> = {
  "Ip InAddrErrors": "IP_INADDRERRORS",
  "Ip InHdrErrors": "IP_INHDR",
  "Ip OutNoRoutes": "IP_OUTNOROUTES",
  "IpExt InNoRoutes": "IP_INNOROUTES",
  "IpExt InCsumErrors": "IP_CSUM",
  "TcpExt IPReversePathFilter": "IP_RPFILTER",
};

/** Where the kernel's events could not be followed. */
function byCounters(report: Observations): readonly KernelCause[] {
  if (!/^events /m.test(seenAs(report, "limits"))) return [];
  const [before, after] = ["before", "after"].map((when) => parseProtocols(seenAs(report, `protocols/${when}`)));
  return Object.entries(counters).flatMap(([counter, reason]): KernelCause[] =>
    (after?.get(counter) ?? 0) > (before?.get(counter) ?? 0)
      ? [{ kind: "kernel", node: report.node, reason, counter, see: `nstat -az | grep ${counter.replace(" ", "")}` }]
      : [],
  );
}
