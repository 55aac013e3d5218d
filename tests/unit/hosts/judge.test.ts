import test from "ava";
import { backendOf } from "../../../evidence/backends.ts";
import {
  closedWay,
  parseFacts,
  portsOf,
  portsOf6,
  problemsBetween,
  problemsOf,
  wayOf,
} from "../../../platforms/hosts/judge.ts";

const plan = { lab: "mine-1", podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
const fit = [
  "os debian 12",
  "machine x86_64",
  "machine-id aaaa",
  "hostname one",
  "clock 1000",
  "cpus 2",
  "memory-mb 4000",
  "disk-mb 20000",
  "init systemd",
  "tool apt-get",
  "tcp 22",
  "udp 68",
  "address 127.0.0.1",
  "address 10.0.0.10",
  "route 0.0.0.0/0 eth0",
  "route 10.0.0.0/24 eth0",
  "module overlay",
  "module br_netfilter",
  "module vxlan",
];
const seen = (lines: readonly string[], role: "control-plane" | "worker" = "worker") => ({
  host: { name: "one", role, privateAddress: "10.0.0.10" },
  facts: parseFacts(lines.join("\n")),
});
const without = (key: string): string[] => fit.filter((line) => !line.startsWith(`${key} `));
const judge = (lines: readonly string[], role?: "control-plane" | "worker") => problemsOf(seen(lines, role), plan);

test("a plain machine is fit for both roles", (t) => {
  t.deepEqual(judge(fit), []);
  t.deepEqual(judge(fit, "control-plane"), []);
});

test("a login that prints a greeting is named with how to keep it silent, before anything is claimed", (t) => {
  const lines = ["Welcome to this machine", "os is great", "preflight begins", ...fit];
  const problems = judge(lines);
  t.is(problems.length, 1);
  t.regex(
    problems[0] ?? "",
    /^prints "Welcome to this machine" before any command runs.*\[\[ \$- == \*i\* \]\] \|\| return$/,
  );
  t.deepEqual(judge(["preflight begins", ...fit]), []);
});

const plan6 = { ...plan, second: { podCidr: "fd00:10:244::/48", serviceCidr: "fd00:10:96::/112" } };
const fit6 = [...fit, "kernel6 has", "device eth0", "address6 fd00:0172:0028:0000:0000:0000:0000:0010"];
const judge6 = (lines: readonly string[]) => problemsOf(seen(lines), plan6);

test("with both address families a host has one IPv6 address for its peers, which is told in one sentence where it has not", (t) => {
  t.deepEqual(judge6(fit6), []);
  t.deepEqual(judge(fit6.filter((line) => !line.startsWith("address6 "))), [], "by IPv4 alone nobody asks");
  const none = judge6(fit6.filter((line) => !line.startsWith("address6 ")));
  t.is(none.length, 1);
  t.regex(
    none[0] ?? "",
    /^has no global IPv6 address on eth0, beside 10\.0\.0\.10, .*ip address add fd00:10::10\/64 dev eth0, or set ipFamily to ipv4$/,
  );
  t.regex(judge6([...fit, "device eth0"])[0] ?? "", /^has a kernel without IPv6/);
  t.regex(
    judge6([...fit6, "address6 2001:0db8:0000:0000:0000:0000:0000:0007"])[0] ?? "",
    /^has more than one IPv6 address on eth0 that flanneld may take, fd00:172:28::10 and 2001:db8::7; leave it one/,
  );
  t.regex(
    judge6([...fit, "kernel6 has", "device eth0", "address6 fd00:0010:0244:0003:0000:0000:0000:0001"])[0] ?? "",
    /^has the IPv6 address fd00:10:244:3::1 within podCidr6 fd00:10:244::\/48; set podCidr6 to a free range$/,
  );
});

test("a way that is closed by IPv6 alone is named so", (t) => {
  t.deepEqual(portsOf6(4789), ["udp/4789"]);
  t.regex(
    closedWay("udp/8472/fd00::11"),
    /^gets no answer from fd00::11, another of the hosts, on UDP 8472 by IPv6; open/,
  );
});

test("a way that is closed between two hosts is named with its port", (t) => {
  t.regex(
    closedWay("udp/8472/10.0.0.12"),
    /^reaches 10\.0\.0\.12 by SSH, and not on UDP 8472, as behind a firewall: open/,
  );
  t.deepEqual([portsOf("worker").includes("tcp/6443"), portsOf("control-plane").includes("tcp/6443")], [false, true]);
});

test("where flannel sends no datagrams, no UDP port is asked for, and where it needs a module of the kernel's, that is", (t) => {
  t.false(portsOf("worker", "none").some((port) => port.startsWith("udp/")));
  t.regex(closedWay("tcp/10250/10.0.0.12", "none"), /TCP 6443 and 10250, IP protocol 4 among them$/);
  t.deepEqual(portsOf("worker", "bare"), ["tcp/10250"]);
  t.regex(closedWay("tcp/10250/10.0.0.12", "bare"), /10250, packets with the pods' own addresses among them$/);
  t.deepEqual(
    (["vxlan", "vxlan-direct", { name: "vxlan", port: 4789 }, "udp", "wireguard", "ipip", "host-gw"] as const).map(
      (backend) => wayOf(backendOf(backend)),
    ),
    [8472, 8472, 4789, 8285, 51820, "none", "bare"],
  );
  const inIp = { ...plan, port: "none", module: "ipip" } as const;
  t.regex(
    problemsOf(seen(fit), inIp).join("\n"),
    /^has no kernel module ipip, which flannel's backend .* or choose another backend$/,
  );
  t.deepEqual(problemsOf(seen([...fit, "module ipip", "udp 8472"]), inIp), []);
});

const wrong: readonly (readonly [string, readonly string[], RegExp, ("control-plane" | "worker")?])[] = [
  [
    "another distribution",
    [...without("os"), "os fedora 42"],
    /^runs fedora 42; a host runs Debian 12 or 13, or Ubuntu 22.04 or 24.04$/,
  ],
  ["an old one", [...without("os"), "os debian 11"], /^runs debian 11;/],
  [
    "another architecture",
    [...without("machine"), "machine riscv64"],
    /^is a riscv64 machine; a host is amd64 or arm64$/,
  ],
  ["no systemd", [...without("init"), "init runit"], /^has "runit" as its init/],
  [
    "one CPU for a control plane",
    [...without("cpus"), "cpus 1"],
    /^has 1 CPU; a control-plane needs 2$/,
    "control-plane",
  ],
  ["little memory", [...without("memory-mb"), "memory-mb 512"], /^has 512 MB of memory; a worker needs 900$/],
  ["a full disk", [...without("disk-mb"), "disk-mb 100"], /^has 100 MB free below \/var\/lib; a worker needs 4000$/],
  ["a fact that is missing", without("disk-mb"), /^does not say how much is free below \/var\/lib: df does not answer/],
  ["a kernel without vxlan", fit.filter((line) => line !== "module vxlan"), /^has no kernel module vxlan/],
  [
    "an address that is not its own",
    without("address"),
    /^has no address 10.0.0.10; set its privateAddress to one that it has/,
  ],
  ["a peer out of reach", [...fit, "unreachable 10.0.0.11:22"], /^gets no answer from 10.0.0.11:22/],
  [
    "a route into the pods' range",
    [...fit, "route 10.244.3.0/24 tun0"],
    /^routes 10.244.3.0\/24 by tun0, and podCidr 10.244.0.0\/16 overlaps it; set podCidr to a free range$/,
  ],
  [
    "a route around the Services' range",
    [...fit, "route 10.64.0.0/10 wg0"],
    /^routes 10.64.0.0\/10 by wg0, and serviceCidr/,
  ],
  [
    "Docker",
    [...fit, "program /usr/bin/dockerd"],
    /^has \/usr\/bin\/dockerd, and one machine has one container runtime/,
  ],
  [
    "a kubectl of the user's",
    [...fit, "path /usr/local/bin/kubectl"],
    /^has \/usr\/local\/bin\/kubectl already, which the lab would bring/,
  ],
  ["another flannel", [...fit, "link flannel.1"], /^has a link flannel.1 of another cluster's/],
  ["another kube-proxy's rules", [...fit, "chain KUBE-SERVICES"], /^has the iptables chain KUBE-SERVICES/],
  ["a port in use", [...fit, "tcp 10250"], /^has TCP port 10250 in use, which a worker needs; ss -ltnp/],
  ["an API server's port in use", [...fit, "tcp 6443"], /^has TCP port 6443 in use/, "control-plane"],
  ["another overlay", [...fit, "udp 8472"], /^has UDP port 8472 in use/],
];
for (const [what, lines, message, role] of wrong) {
  test(`${what} is in the way, and is told with its remedy`, (t) => {
    const problems = judge(lines, role);
    t.is(problems.length, 1, problems.join("\n"));
    t.regex(problems[0] ?? "", message);
  });
}

test("a worker may use what only a control plane needs", (t) => {
  t.deepEqual(judge([...fit, "tcp 6443", "tcp 2379"]), []);
});

test("everything in the way is told, not only the first", (t) => {
  t.is(
    judge([
      ...fit,
      "program /usr/bin/dockerd",
      "path /etc/kubernetes",
      "tcp 10250",
      "udp 8472",
      "unreachable 10.0.0.12:22",
    ]).length,
    5,
  );
});

test("on a host of this lab its own things are not in the way; on one of another lab's all is", (t) => {
  const running = [
    ...fit,
    "program /usr/local/bin/kubelet",
    "path /etc/kubernetes",
    "tcp 10250",
    "udp 8472",
    "link cni0",
    "route 10.244.1.0/24 cni0",
  ];
  t.deepEqual(judge([...running, "owner mine-1"]), []);
  t.regex(
    judge([...running, "owner other-2"]).join("\n"),
    /^is held by another lab \(other-2\); .* bash \/var\/lib\/podnet\/reset.sh$/,
  );
  t.is(
    judge([...running, "owner mine-1"].map((line) => line.replace("memory-mb 4000", "memory-mb 100"))).length,
    1,
    "what a lab needs it needs always",
  );
});

test("two hosts that are one, and clocks that disagree, are told once", (t) => {
  const one = seen(fit);
  const other = {
    ...seen([...without("clock"), "clock 1500"]),
    host: { name: "two", role: "worker" as const, privateAddress: "10.0.0.11" },
  };
  const problems = problemsBetween([one, other]);
  t.is(problems.length, 3);
  t.regex(problems[0] ?? "", /^one, two have the same machine id aaaa/);
  t.regex(problems[1] ?? "", /^one, two have the same host name one/);
  t.regex(problems[2] ?? "", /^the hosts' clocks are 500 s apart/);
});
