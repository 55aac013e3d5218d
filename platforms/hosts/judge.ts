import ipaddr from "ipaddr.js";
import type { HostAccess } from "./access.ts";
import type { HostFacts } from "./facts.ts";

export interface Seen {
  readonly host: Pick<HostAccess, "name" | "role" | "privateAddress">;
  readonly facts: HostFacts;
}

/** What the lab is going to do, as far as hosts can be in its way. */
export interface Plan {
  /** The lab's own id: what a host shows as its owner once it is the lab's. */
  readonly lab: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

const systems = ["debian 12", "debian 13", "ubuntu 22.04", "ubuntu 24.04"];
const machines = ["x86_64", "aarch64"];
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
export function problemsOf({ host, facts }: Seen, plan: Plan): string[] {
  const owner = facts.one("owner");
  if (owner !== undefined && owner !== plan.lab) {
    return [
      `is held by another lab (${owner}); destroy that one, or, if its state is lost, run there as root: bash /var/lib/podnet/reset.sh`,
    ];
  }
  // What stands on a host that is the lab's already is the lab's.
  return [
    ...suits(host.role, facts),
    ...network(host, facts, plan),
    ...(owner === undefined ? inTheWay(host.role, facts) : []),
  ];
}

function suits(role: HostAccess["role"], facts: HostFacts): string[] {
  const problems: string[] = [];
  const system = facts.one("os") ?? "unknown";
  if (!systems.includes(system)) problems.push(`runs ${system}; a host runs Debian 12 or 13, or Ubuntu 22.04 or 24.04`);
  if (!machines.includes(facts.one("machine") ?? ""))
    problems.push(`is a ${facts.one("machine")} machine; a host is amd64 or arm64`);
  if (facts.one("init") !== "systemd")
    problems.push(`has "${facts.one("init")}" as its init; the kubelet and containerd need systemd`);
  if (facts.one("tool") !== "apt-get") problems.push("has no apt-get, and packages are missing without it");
  const [cpus, memory, disk] = ["cpus", "memory-mb", "disk-mb"].map((key) => Number(facts.one(key)));
  const needed = least[role];
  if (!(cpus! >= needed.cpus)) problems.push(`has ${cpus} CPU; a ${role} needs ${needed.cpus}`);
  if (!(memory! >= needed.memory)) problems.push(`has ${memory} MB of memory; a ${role} needs ${needed.memory}`);
  if (!(disk! >= needed.disk)) problems.push(`has ${disk} MB free below /var/lib; a ${role} needs ${needed.disk}`);
  for (const module of ["overlay", "br_netfilter", "vxlan"]) {
    if (!facts.all("module").includes(module)) {
      problems.push(
        `has no kernel module ${module}; install the distribution's full kernel (linux-image-amd64, linux-modules-extra) and boot it`,
      );
    }
  }
  return problems;
}

function network({ privateAddress }: Seen["host"], facts: HostFacts, plan: Plan): string[] {
  const problems: string[] = [];
  const addresses = facts.all("address").filter((address) => !address.startsWith("127."));
  if (!addresses.includes(privateAddress)) {
    problems.push(`has no address ${privateAddress}; its privateAddress is one of its own: ${addresses.join(", ")}`);
  }
  for (const peer of facts.all("unreachable")) {
    problems.push(
      `gets no answer from ${peer}, another of the hosts; open the way between their private addresses, and let all through: TCP 6443 and 10250, UDP 8472 among them`,
    );
  }
  for (const route of facts.all("route")) {
    const [destination = "", device = ""] = route.split(" ");
    if (destination.endsWith("/0") || ["cni0", "flannel.1"].includes(device)) continue;
    for (const [key, range] of [
      ["podCidr", plan.podCidr],
      ["serviceCidr", plan.serviceCidr],
    ] as const) {
      if (overlap(destination, range))
        problems.push(
          `routes ${destination} by ${device}, and ${key} ${range} overlaps it; set ${key} to a free range`,
        );
    }
  }
  return problems;
}

function inTheWay(role: HostAccess["role"], facts: HostFacts): string[] {
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
  if (facts.all("udp").includes("8472"))
    problems.push("has UDP port 8472 in use, which flannel needs: another overlay network runs there");
  return problems;
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

function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((cidr) => ipaddr.IPv4.parseCIDR(cidr));
  return a![0].match(b![0], Math.min(a![1], b![1]));
}
