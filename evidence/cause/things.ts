import { backendOf, carriedByVxlan } from "../backends.ts";
import { clusterNode } from "../judge/vteps.ts";
import type { PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { type ForwardingEntry, parseForwarding } from "../parse/bridge.ts";
import { parseDrops, parseQdiscs } from "../parse/counters.ts";
import { type Link, parseLinks } from "../parse/ip.ts";
import { parseNeighbours } from "../parse/routes.ts";
import type { DeviceCause, EntryCause, QdiscCause } from "./cause.ts";
import { outwardOf, podsOn, type Scene, seenAs } from "./scene.ts";

/** The VXLAN device, where packets go through it. */
const overlayOf = ({ backend = backendOf() }: Scene): string | undefined => backend.tunnel?.device;
const bridge = "cni0";

/** Empty where nothing can be read: a command that failed says nothing of what is there. */
function linksOf(report: Observations, id: string): readonly Link[] {
  try {
    return parseLinks(seenAs(report, id));
  } catch {
    return [];
  }
}

/** A pod's eth0, and its other end on the node. */
function cableOf(
  report: Observations,
  pod: PodFacts,
): { readonly eth0?: Link; readonly veth?: Link; readonly known: boolean } {
  const inside = linksOf(report, `pod-interfaces/${pod.name}`);
  const eth0 = inside.find(({ name }) => name === "eth0");
  const veth = linksOf(report, "interfaces").find(({ index }) => index === eth0?.peer);
  return { ...(eth0 && { eth0 }), ...(veth && { veth }), known: inside.length > 0 };
}

const insideOf = (report: Observations, pod: PodFacts): string =>
  /^nsenter -t \d+ -n/.exec(
    report.observations.find(({ id }) => id === `pod-interfaces/${pod.name}`)?.command ?? "",
  )?.[0] ?? "nsenter -t PID -n";

/** Interfaces on the way, of one node and its pods, that do not carry the packet. */
export function findDevices(scene: Scene, report: Observations, counters: boolean): readonly DeviceCause[] {
  const links = linksOf(report, "interfaces");
  if (links.length === 0) return [];
  const common = { kind: "device", node: report.node } as const;
  const overlay = scene.nodes.length > 1 ? overlayOf(scene) : undefined;
  const ofNode = [bridge, ...(overlay === undefined ? [] : [overlay])].flatMap((device): DeviceCause[] => {
    const link = links.find(({ name }) => name === device);
    const see = `ip -details link show ${device}`;
    if (link === undefined) return [{ ...common, device, what: "absent", seen: "no such interface", see: "ip link" }];
    return link.up ? [] : [{ ...common, device, what: "down", seen: "not UP", see, mend: `ip link set ${device} up` }];
  });
  const ofPods = podsOn(scene, report.node).flatMap((pod): DeviceCause[] => {
    const { eth0, veth, known } = cableOf(report, pod);
    const inside = insideOf(report, pod);
    const mine = { ...common, pod: pod.name, device: "eth0" } as const;
    if (!known) return [];
    if (eth0 === undefined) return [{ ...mine, what: "absent", seen: "no such interface", see: `${inside} ip addr` }];
    if (!eth0.up)
      return [
        { ...mine, what: "down", seen: "not UP", see: `${inside} ip addr`, mend: `${inside} ip link set eth0 up` },
      ];
    if (veth === undefined) return [];
    const { name: device } = veth;
    const see = `ip link show ${device}`;
    if (!veth.up) return [{ ...common, device, what: "down", seen: "not UP", see, mend: `ip link set ${device} up` }];
    if (veth.master === bridge) return [];
    const seen = veth.master === undefined ? "it has no master" : `its master is ${veth.master}`;
    return [{ ...common, device, what: "unplugged", seen, see, mend: `ip link set ${device} master ${bridge}` }];
  });
  return [...ofPods, ...ofNode, ...changed(scene, report, links), ...(counters ? dropping(scene, report) : [])];
}

/** flannel.1 is not what flanneld told the other nodes of it. */
function changed(scene: Scene, report: Observations, links: readonly Link[]): readonly DeviceCause[] {
  const overlay = overlayOf(scene);
  const link = links.find(({ name }) => name === overlay);
  const vtep = announced(scene, report.node)?.vtep;
  if (
    scene.nodes.length < 2 ||
    overlay === undefined ||
    (scene.backend !== undefined && !carriedByVxlan(scene.backend)) ||
    link === undefined ||
    vtep === undefined
  )
    return [];
  const [is, said] = [
    `MAC ${link.mac ?? "none"}, VNI ${link.vxlan?.vni ?? "none"}`,
    `MAC ${vtep.mac}, VNI ${vtep.vni}`,
  ];
  if (is === said) return [];
  const seen = `${is}; announced were ${said}`;
  return [
    {
      kind: "device",
      node: report.node,
      device: overlay,
      what: "changed",
      seen,
      see: `ip -details link show ${overlay}`,
    },
  ];
}

function announced({ cluster }: Scene, node: string): ReturnType<typeof clusterNode> | undefined {
  try {
    return cluster && clusterNode(cluster, node);
  } catch {
    // The API server does not answer, or does not know it: nobody can tell what should be.
    return undefined;
  }
}

/** Interfaces on the way whose own count of drops has risen. */
function dropping(scene: Scene, report: Observations): readonly DeviceCause[] {
  const [before, after] = ["before", "after"].map((when) => parseDrops(seenAs(report, `links/${when}`)));
  const veths = podsOn(scene, report.node).flatMap((pod) => cableOf(report, pod).veth?.name ?? []);
  const overlay = scene.nodes.length > 1 ? overlayOf(scene) : undefined;
  return [...veths, bridge, ...(overlay === undefined ? [] : [overlay])].flatMap((device): DeviceCause[] => {
    const [old, now] = [before?.get(device), after?.get(device)];
    const risen = (key: "received" | "sent"): number => (now?.[key] ?? 0) - (old?.[key] ?? now?.[key] ?? 0);
    const [received, sent] = [risen("received"), risen("sent")];
    if (received <= 0 && sent <= 0) return [];
    const seen = [
      ...(received > 0 ? [`RX dropped +${received}`] : []),
      ...(sent > 0 ? [`TX dropped +${sent}`] : []),
    ].join(", ");
    return [
      { kind: "device", node: report.node, device, what: "drops", seen, see: `ip -statistics link show ${device}` },
    ];
  });
}

/** Queueing disciplines on the way that have dropped meanwhile. The uplink carries much else: it counts only where the kernel says that a queue dropped it. */
export function findQdiscs(scene: Scene, report: Observations, queued: boolean): readonly QdiscCause[] {
  const [before, after] = ["before", "after"].map((when) => parseQdiscs(seenAs(report, `qdiscs/${when}`)));
  return (after ?? []).flatMap(({ device, text, dropped }): QdiscCause[] => {
    const own = device === bridge || device === overlayOf(scene) || device.startsWith("veth");
    const drops = dropped - (before?.find((one) => one.device === device && one.text === text)?.dropped ?? 0);
    if (drops <= 0 || !(own || queued)) return [];
    const see = `tc -statistics qdisc show dev ${device}`;
    return [
      { kind: "qdisc", node: report.node, device, qdisc: text, drops, see, mend: `tc qdisc del dev ${device} root` },
    ];
  });
}

/** Entries of one node and its pods that are missing, or lead elsewhere. */
export function findEntries(scene: Scene, report: Observations): readonly EntryCause[] {
  return [...vtepEntries(scene, report), ...wireEntries(scene, report), ...podEntries(scene, report)];
}

/** The other node's VTEP, as this node knows it. */
function vtepEntries(scene: Scene, report: Observations): readonly EntryCause[] {
  const overlay = overlayOf(scene);
  const other = scene.nodes.find(({ name }) => name !== report.node);
  const known = other && announced(scene, other.name);
  if (other === undefined || overlay === undefined || known?.vtep === undefined) return [];
  const { mac } = known.vtep;
  const gateway = known.podCidr.split("/")[0]!;
  const common = { kind: "entry", node: report.node, device: overlay } as const;
  const neighbour = parseNeighbours(seenAs(report, "neighbours")).find(
    ({ address, device }) => address === gateway && device === overlay,
  );
  const forwarding = parseForwarding(seenAs(report, "forwarding")).filter(
    (entry) => entry.mac === mac && entry.port === overlay,
  );
  const wrong: EntryCause[] = [];
  if (neighbour?.mac !== mac)
    wrong.push({
      ...common,
      what: "neighbour",
      address: gateway,
      ...(neighbour !== undefined && { seen: neighbour.mac ?? neighbour.state }),
      expected: mac,
      see: `ip neigh show dev ${overlay}`,
      mend: `ip neigh replace ${gateway} lladdr ${mac} dev ${overlay} nud permanent`,
    });
  const seen = forwarding.map(({ destination }) => destination ?? "no machine").join(" and ");
  if (seen !== other.address)
    wrong.push({
      ...common,
      what: "forwarding",
      address: mac,
      ...(seen !== "" && { seen }),
      expected: other.address,
      see: `bridge fdb show dev ${overlay}`,
      mend: `bridge fdb replace ${mac} dev ${overlay} dst ${other.address} self permanent`,
    });
  return wrong;
}

/** Where packets leave bare: the other machine, as this one's kernel knows it. Its MAC is known from what it reported itself. */
function wireEntries(scene: Scene, report: Observations): readonly EntryCause[] {
  const other = scene.nodes.find(({ name }) => name !== report.node);
  const there = scene.reports.find(({ node }) => node === other?.name);
  if (other === undefined || there === undefined || overlayOf(scene) !== undefined) return [];
  const device = outwardOf(scene, report);
  const own = linksOf(there, "addresses").find(({ addresses }) =>
    addresses.some((one) => one.address === other.address),
  );
  const { mac } = linksOf(there, "interfaces").find(({ name }) => name === own?.name) ?? {};
  const known = parseNeighbours(seenAs(report, "neighbours")).find(
    (entry) => entry.address === other.address && entry.device === device,
  );
  // An entry that is not there is asked for when it is needed.
  if (mac === undefined || known === undefined || known.mac === mac) return [];
  return [
    {
      kind: "entry",
      node: report.node,
      device,
      what: "neighbour",
      address: other.address,
      seen: known.mac ?? known.state,
      expected: mac,
      see: `ip neigh show dev ${device}`,
      mend: `ip neigh del ${other.address} dev ${device}`,
    },
  ];
}

/** The pods of this node, as the node and each other know them. */
function podEntries(scene: Scene, report: Observations): readonly EntryCause[] {
  const pods = podsOn(scene, report.node);
  const links = linksOf(report, "interfaces");
  const table = parseForwarding(seenAs(report, "forwarding"));
  const neighbours = parseNeighbours(seenAs(report, "neighbours"));
  const macOf = (pod: PodFacts): string | undefined => cableOf(report, pod).eth0?.mac;
  return pods.flatMap((pod): EntryCause[] => {
    const { veth, eth0 } = cableOf(report, pod);
    const found: EntryCause[] = [];
    const learned = table.find(
      (entry): entry is ForwardingEntry => entry.mac === eth0?.mac && entry.destination === undefined,
    );
    if (veth !== undefined && eth0?.mac !== undefined && learned !== undefined && learned.port !== veth.name)
      found.push({
        kind: "entry",
        node: report.node,
        what: "forwarding",
        device: bridge,
        address: eth0.mac,
        seen: learned.port,
        expected: veth.name,
        see: `bridge fdb show br ${bridge}`,
        mend: `bridge fdb del ${eth0.mac} dev ${learned.port} master`,
      });
    const resolved = neighbours.find(({ address, device }) => address === pod.ip && device === bridge);
    if (resolved?.mac !== undefined && eth0?.mac !== undefined && resolved.mac !== eth0.mac)
      found.push({
        kind: "entry",
        node: report.node,
        what: "neighbour",
        device: bridge,
        address: pod.ip,
        seen: resolved.mac,
        expected: eth0.mac,
        see: `ip neigh show dev ${bridge}`,
        mend: `ip neigh del ${pod.ip} dev ${bridge}`,
      });
    const inside = insideOf(report, pod);
    const gateway = links.find(({ name }) => name === bridge);
    for (const { address, mac, device } of parseNeighbours(seenAs(report, `pod-neighbours/${pod.name}`))) {
      const other = pods.find((one) => one.ip === address);
      const right =
        gateway?.addresses.some((one) => one.address === address) === true ? gateway.mac : other && macOf(other);
      if (mac === undefined || right === undefined || mac === right || device !== "eth0") continue;
      found.push({
        kind: "entry",
        node: report.node,
        pod: pod.name,
        what: "neighbour",
        device: "eth0",
        address,
        seen: mac,
        expected: right,
        see: `${inside} ip neigh`,
        mend: `${inside} ip neigh del ${address} dev eth0`,
      });
    }
    return found;
  });
}
