import { type Backend, isFlannels } from "../../evidence/backends.ts";
import { overlap, shortened } from "../../evidence/cidr.ts";
import type { HostAccess } from "./access.ts";

/** What nodes/host/preflight.sh says of a host: values by key, in the order they came. Pure. */
export interface HostFacts {
  readonly one: (key: string) => string | undefined;
  readonly all: (key: string) => readonly string[];
  /** What the login printed before the script began; empty where it is silent, as it should be. */
  readonly greeting: string;
}

export function parseFacts(text: string): HostFacts {
  const values = new Map<string, string[]>();
  const [, greeting = "", rest = text] = /^([^]*?)^preflight begins$([^]*)/m.exec(text) ?? [];
  for (const line of rest.split("\n")) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return { one: (key) => values.get(key)?.[0], all: (key) => values.get(key) ?? [], greeting };
}

export interface Seen {
  readonly host: Pick<HostAccess, "name" | "role" | "privateAddress">;
  readonly facts: HostFacts;
}

/** What the lab is going to do, as far as hosts can be in its way. */
export interface Intent {
  /** The lab's own id: what a host shows as its owner once it is the lab's. */
  readonly lab: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** UDP port of flannel's, which must be free and open. @default 8472 */
  readonly port?: Port;
  /** A module that flannel's device needs, and that not every kernel has. @default none */
  readonly module?: string;
  /** The same of IPv6, where the lab has both families: then each host needs an address of its own by which the others reach it. @default IPv4 alone */
  readonly second?: { readonly podCidr: string; readonly serviceCidr: string };
}

/** A UDP port; where flannel sends no datagrams, what else the way must let through: IP in IP, or packets with the pods' own addresses. */
export type Port = number | keyof typeof noDatagrams;
const noDatagrams = { none: "IP protocol 4", bare: "packets with the pods' own addresses" } as const;

/** What the way between the hosts must let through for a backend. */
export const wayOf = ({ port, manner }: Backend): Port => port ?? (manner === "bare" ? "bare" : "none");

const systems = ["debian 12", "debian 13", "ubuntu 22.04", "ubuntu 24.04"];
/** As nodes/lib/footprint.sh has them. */
export const modules = ["overlay", "br_netfilter", "vxlan"];
/** flannel's own, where the config names no other. */
const vxlanPort = 8472;
const architectures = ["x86_64", "aarch64"];
const ports = {
  worker: [10248, 10249, 10250, 10256],
  "control-plane": [2379, 2380, 2381, 6443, 10248, 10249, 10250, 10256, 10257, 10259],
} as const;
/** What kubeadm asks for, and what the lab's programs and images take with room to work. */
const least = {
  worker: { cpus: 1, memory: 900, disk: 4000 },
  "control-plane": { cpus: 2, memory: 1700, disk: 5000 },
} as const;

/** What stands in the way on one host; nothing of it was changed. Pure. */
export function problemsOf({ host, facts }: Seen, intent: Intent): string[] {
  const owner = facts.one("owner");
  if (owner !== undefined && owner !== intent.lab) {
    return [
      `is held by another lab (${owner}); destroy that one, or, if its state is lost, run there as root: bash /var/lib/podnet/reset.sh`,
    ];
  }
  // What stands on a host that is the lab's already is the lab's.
  return [
    ...suits(host.role, facts, intent),
    ...network(host, facts, intent),
    ...(owner === undefined ? inTheWay(host.role, facts, intent.port) : []),
  ];
}

function suits(role: HostAccess["role"], facts: HostFacts, { module: own }: Pick<Intent, "module">): string[] {
  const problems: string[] = [];
  if (facts.greeting !== "") {
    problems.push(
      `prints ${JSON.stringify(facts.greeting.trim().split("\n")[0])} before any command runs, and that would be taken for the command's words; ` +
        "keep its user's ~/.bashrc silent where the shell is not interactive, such as by this first line: [[ $- == *i* ]] || return",
    );
  }
  const system = facts.one("os") ?? "unknown";
  if (!systems.includes(system)) problems.push(`runs ${system}; a host runs Debian 12 or 13, or Ubuntu 22.04 or 24.04`);
  if (!architectures.includes(facts.one("machine") ?? ""))
    problems.push(`is a ${facts.one("machine")} machine; a host is amd64 or arm64`);
  if (facts.one("init") !== "systemd")
    problems.push(`has "${facts.one("init")}" as its init; the kubelet and containerd need systemd`);
  if (facts.one("tool") !== "apt-get") problems.push("has no apt-get, by which the lab installs packages");
  const [cpus, memory] = ["cpus", "memory-mb"].map((key) => Number(facts.one(key)));
  const disk = facts.one("disk-mb");
  const needed = least[role];
  if (!(cpus! >= needed.cpus)) problems.push(`has ${cpus} CPU; a ${role} needs ${needed.cpus}`);
  if (!(memory! >= needed.memory)) problems.push(`has ${memory} MB of memory; a ${role} needs ${needed.memory}`);
  if (disk === undefined)
    problems.push(
      "does not say how much is free below /var/lib: df does not answer, as where a mount's server is gone",
    );
  else if (!(Number(disk) >= needed.disk))
    problems.push(`has ${disk} MB free below /var/lib; a ${role} needs ${needed.disk}`);
  if (own !== undefined && !facts.all("module").includes(own))
    problems.push(
      `has no kernel module ${own}, which flannel's backend of that name needs; install the distribution's full kernel (linux-image-amd64, linux-modules-extra) and boot it, or choose another backend`,
    );
  for (const module of modules) {
    if (!facts.all("module").includes(module)) {
      problems.push(
        `has no kernel module ${module}; install the distribution's full kernel (linux-image-amd64, linux-modules-extra) and boot it`,
      );
    }
  }
  return problems;
}

function network({ privateAddress }: Seen["host"], facts: HostFacts, intent: Intent): string[] {
  const problems: string[] = [];
  const addresses = facts.all("address").filter((address) => !address.startsWith("127."));
  if (!addresses.includes(privateAddress)) {
    problems.push(
      `has no address ${privateAddress}; set its privateAddress to one that it has: ${addresses.join(", ")}`,
    );
  }
  for (const peer of facts.all("unreachable")) {
    problems.push(`gets no answer from ${peer}, another of the hosts; ${openTheWay(intent.port)}`);
  }
  if (intent.second !== undefined) problems.push(...secondAddress(privateAddress, facts, intent.second));
  for (const route of facts.all("route")) {
    const [destination = "", device = ""] = route.split(" ");
    if (destination.endsWith("/0") || device === "cni0" || isFlannels(device)) continue;
    for (const [key, range] of [
      ["podCidr", intent.podCidr],
      ["serviceCidr", intent.serviceCidr],
    ] as const) {
      if (overlap(destination, range))
        problems.push(
          `routes ${destination} by ${device}, and ${key} ${range} overlaps it; set ${key} to a free range`,
        );
    }
  }
  return problems;
}

/** What keeps flanneld from the one IPv6 address that the lab would tell the others of. */
function secondAddress(privateAddress: string, facts: HostFacts, second: NonNullable<Intent["second"]>): string[] {
  const device = facts.one("device") || "its interface";
  const addresses = facts.all("address6").map(shortened);
  const or = "or set ipFamily to ipv4";
  if (facts.one("kernel6") === undefined)
    return [
      `has a kernel without IPv6 (no /proc/net/if_inet6), and ipFamily is dual; boot it without ipv6.disable=1, ${or}`,
    ];
  if (addresses.length === 0)
    return [
      `has no global IPv6 address on ${device}, beside ${privateAddress}, by which the other hosts could reach it, and ipFamily is dual; give it one, such as ip address add fd00:10::${privateAddress.split(".").at(-1)}/64 dev ${device}, ${or}`,
    ];
  if (addresses.length > 1)
    return [
      `has more than one IPv6 address on ${device} that flanneld may take, ${addresses.join(" and ")}; leave it one of them, ${or}`,
    ];
  return Object.entries({ podCidr6: second.podCidr, serviceCidr6: second.serviceCidr }).flatMap(([key, range]) =>
    overlap(addresses[0]!, range)
      ? [`has the IPv6 address ${addresses[0]} within ${key} ${range}; set ${key} to a free range`]
      : [],
  );
}

function inTheWay(role: HostAccess["role"], facts: HostFacts, udp: Port = vxlanPort): string[] {
  const problems: string[] = [];
  for (const program of facts.all("program")) {
    problems.push(
      `has ${program}, and one machine has one container runtime and one kubelet: remove it, or take another host`,
    );
  }
  const programs = new Set(facts.all("program"));
  for (const path of facts.all("path").filter((one) => !programs.has(one)))
    problems.push(`has ${path} already, which the lab would bring: move it away, if nothing needs it`);
  for (const link of facts.all("link"))
    problems.push(`has a link ${link} of another cluster's; ip link delete ${link}, if nothing needs it`);
  for (const chain of facts.all("chain"))
    problems.push(
      `has the iptables chain ${chain} of another cluster's; that cluster's reset, or a reboot, removes it`,
    );
  for (const port of ports[role]) {
    if (facts.all("tcp").includes(String(port)))
      problems.push(`has TCP port ${port} in use, which a ${role} needs; ss -ltnp 'sport = :${port}' shows by whom`);
  }
  if (facts.all("udp").includes(String(udp)))
    problems.push(`has UDP port ${udp} in use, which flannel needs: another overlay network runs there`);
  return problems;
}

const openTheWay = (udp: Port = vxlanPort): string =>
  `open the way between their private addresses, and let all through: TCP 6443 and 10250, ${typeof udp === "number" ? `UDP ${udp}` : noDatagrams[udp]} among them`;

/** Ports on which the others must reach a host: the kubelet's and flannel's, and the API server's. */
export function portsOf(role: HostAccess["role"], udp: Port = vxlanPort): readonly string[] {
  return ["tcp/10250", ...portsOf6(udp), ...(role === "control-plane" ? ["tcp/6443"] : [])];
}

/** Ports on which they must reach it by IPv6. */
export const portsOf6 = (udp: Port = vxlanPort): readonly string[] => (typeof udp === "number" ? [`udp/${udp}`] : []);

/** What is wrong where a host asked another, such as "tcp/10250/10.0.0.12", in vain. Pure. */
export function closedWay(peer: string, udp?: Port): string {
  const [protocol = "", port = "", address = ""] = peer.split("/");
  if (address.includes(":"))
    return `gets no answer from ${address}, another of the hosts, on ${protocol.toUpperCase()} ${port} by IPv6; open the way between their IPv6 addresses too, or set ipFamily to ipv4`;
  return `reaches ${address} by SSH, and not on ${protocol.toUpperCase()} ${port}, as behind a firewall: ${openTheWay(udp)}`;
}

/** What is wrong between hosts. Pure. */
export function problemsBetween(seen: readonly Seen[]): string[] {
  const problems: string[] = [];
  const shared = (key: string, what: string, remedy: string): void => {
    const groups = Map.groupBy(seen, ({ facts }) => facts.one(key) ?? "");
    for (const [value, group] of groups) {
      if (group.length > 1)
        problems.push(`${group.map(({ host }) => host.name).join(", ")} have the same ${what} ${value}: ${remedy}`);
    }
  };
  shared(
    "machine-id",
    "machine id",
    "they are one machine, or copies of one; on a copy: rm /etc/machine-id, then systemd-machine-id-setup",
  );
  shared("hostname", "host name", "give each its own: hostnamectl set-hostname NAME");
  const clocks = seen.map(({ facts }) => Number(facts.one("clock")));
  const apart = Math.max(...clocks) - Math.min(...clocks);
  if (apart > 120)
    problems.push(
      `the hosts' clocks are ${apart} s apart, and certificates would not be valid everywhere; set them right, such as by systemd-timesyncd`,
    );
  return problems;
}
