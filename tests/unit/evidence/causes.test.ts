// Proves what causes are read from what real nodes told while a fault was in (tests/transcripts/causes). It does not prove that a node tells it again: tests/live/faults.test.ts does.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { Cause, CauseKind } from "../../../evidence/cause/cause.ts";
import { findCauses } from "../../../evidence/cause/find.ts";
import { findTranslations } from "../../../evidence/cause/rules.ts";
import type { Scene } from "../../../evidence/cause/scene.ts";
import { sayCause, sayLimit } from "../../../evidence/cause/words.ts";
import type { Observations } from "../../../evidence/observation.ts";
import { translations } from "../../../evidence/journey/translation.ts";

const folder = join(import.meta.dirname, "../../transcripts/causes");
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
const read = (name: string): Scene => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Scene;

/** Of each fault: the first cause and what it holds, and the kinds of all that are found; kernel reasons in brackets. */
const expected: Readonly<Record<string, readonly [Partial<Record<string, string>> | undefined, readonly string[]]>> = {
  "filter-forward": [
    {
      kind: "rule",
      node: "k8s-worker1",
      tool: "iptables",
      table: "filter",
      chain: "FORWARD",
      rule: '-A FORWARD -s 10.244.1.4/32 -d 10.244.3.2/32 -m comment --comment "no way" -j DROP',
      comment: "no way",
      verdict: "drop",
      by: "trace",
    },
    ["rule", "kernel NETFILTER_DROP"],
  ],
  raw: [{ kind: "rule", table: "raw", chain: "PREROUTING" }, ["rule", "kernel NETFILTER_DROP"]],
  input: [{ kind: "rule", node: "k8s-worker2", chain: "INPUT" }, ["rule", "kernel NETFILTER_DROP"]],
  output: [{ kind: "rule", node: "k8s-worker1", chain: "OUTPUT" }, ["rule", "kernel NETFILTER_DROP"]],
  tcp: [{ kind: "rule", rule: "-A FORWARD -d 10.244.3.2/32 -p tcp -j DROP" }, ["rule", "kernel NETFILTER_DROP"]],
  udp: [{ kind: "rule", node: "k8s-worker2" }, ["rule", "kernel NETFILTER_DROP"]],
  loss: [{ kind: "rule", node: "k8s-worker2", table: "raw" }, ["rule", "kernel NETFILTER_DROP"]],
  "bridge-forward": [{ kind: "rule", chain: "FORWARD" }, ["rule", "kernel NETFILTER_DROP"]],
  reject: [{ kind: "rule", verdict: "reject" }, ["rule", "kernel NETFILTER_DROP"]],
  dnat: [{ kind: "rule", table: "nat", verdict: "translate" }, ["rule", "kernel NEIGH_FAILED"]],
  foreign: [
    {
      kind: "rule",
      tool: "nft",
      family: "inet",
      table: "corp",
      chain: "fw",
      comment: "no strangers",
      mend: "nft delete rule inet corp fw handle 2",
    },
    ["rule", "kernel NETFILTER_DROP"],
  ],
  "foreign-policy": [
    { kind: "rule", node: "k8s-worker2", tool: "nft", rule: "policy drop" },
    ["rule", "kernel NETFILTER_DROP"],
  ],
  legacy: [{ kind: "rule", tool: "iptables-legacy", by: "counter" }, ["rule", "kernel NETFILTER_DROP"]],
  blackhole: [{ kind: "kernel", function: "ip_error" }, ["kernel", "route"]],
  "ip-forward": [{ kind: "kernel", reason: "IP_INADDRERRORS" }, ["kernel IP_INADDRERRORS", "setting"]],
  "rp-filter": [{ kind: "kernel", node: "k8s-worker2" }, ["kernel IP_RPFILTER", "route", "setting"]],
  fdb: [{ kind: "kernel", function: "vxlan_xmit", device: "flannel.1" }, ["kernel NO_TX_TARGET", "entry"]],
  neighbour: [{ kind: "kernel", function: "vxlan_xmit" }, ["kernel NO_TX_TARGET", "entry"]],
  "pod-neighbour": [{ kind: "kernel" }, ["kernel OTHERHOST", "entry"]],
  "veth-down": [{ kind: "kernel", node: "k8s-worker2" }, ["kernel NEIGH_FAILED", "device"]],
  "veth-unplugged": [{ kind: "kernel" }, ["kernel NEIGH_FAILED", "device"]],
  "pod-down": [{ kind: "kernel" }, ["kernel NEIGH_FAILED", "device"]],
  "flannel-down": [{ kind: "kernel" }, ["kernel NO_SOCKET", "route", "device", "entry"]],
  // It never left the pod, so the kernel has dropped nothing.
  "pod-route": [{ kind: "route", pod: "pod-to-pod-multi-node/mypod1", what: "none" }, ["route"]],
  // A changed MAC takes the entries for the other nodes with it.
  "vtep-mac": [{ kind: "kernel", node: "k8s-worker2" }, ["kernel OTHERHOST", "device", "entry"]],
  qdisc: [{ kind: "kernel" }, ["kernel QDISC_DROP", "qdisc"]],
  // The lab's own guard turned it away, since it was sent the wrong way: the way comes first.
  "route-gone": [{ kind: "route", what: "elsewhere", table: "main" }, ["route", "rule", "kernel NETFILTER_DROP"]],
  masquerade: [{ kind: "rule", verdict: "translate" }, ["rule"]],
  "healthy-again": [undefined, []],
};

test("every transcript has an expectation", (t) => {
  t.deepEqual(names.toSorted(), Object.keys(expected).toSorted());
});

const label = (cause: Cause): string => (cause.kind === "kernel" ? `kernel ${cause.reason ?? ""}`.trim() : cause.kind);
for (const [name, [first, kinds]] of Object.entries(expected)) {
  test(`${name}: what real nodes told names ${first === undefined ? "no cause" : kinds.join(", ")}`, (t) => {
    const { causes, limits } = findCauses(read(name));
    t.deepEqual(causes.map(label), kinds as string[]);
    if (first !== undefined) t.like(causes[0], first);
    t.deepEqual(limits, []);
    for (const cause of causes) t.notRegex(sayCause(cause, "zh") + sayCause(cause, "en"), /undefined/);
  });
}

const details: readonly (readonly [string, CauseKind, Readonly<Record<string, string>>])[] = [
  [
    "blackhole",
    "route",
    { what: "refused", table: "200", rule: "100: from 10.244.1.4 lookup 200", mend: "ip rule del pref 100" },
  ],
  ["ip-forward", "setting", { setting: "net.ipv4.ip_forward", value: "0", mend: "sysctl -w net.ipv4.ip_forward=1" }],
  ["rp-filter", "setting", { setting: "net.ipv4.conf.all.rp_filter", value: "1", node: "k8s-worker2" }],
  ["fdb", "entry", { what: "forwarding", device: "flannel.1", expected: "172.28.82.12" }],
  ["neighbour", "entry", { what: "neighbour", seen: "02:00:00:00:00:99" }],
  ["pod-neighbour", "entry", { pod: "pod-to-pod-single-node/mypod1", seen: "02:00:00:00:00:99" }],
  ["veth-down", "device", { device: "vethd952abb1", what: "down", mend: "ip link set vethd952abb1 up" }],
  ["veth-unplugged", "device", { what: "unplugged", mend: "ip link set vethd952abb1 master cni0" }],
  ["pod-down", "device", { pod: "pod-to-pod-multi-node/mypod2", device: "eth0", what: "down" }],
  ["vtep-mac", "device", { device: "flannel.1", what: "changed" }],
  ["qdisc", "qdisc", { device: "flannel.1" }],
];
for (const [name, kind, holds] of details) {
  test(`${name}: the ${kind} behind what the kernel says is named, with what mends it`, (t) => {
    t.like(
      findCauses(read(name)).causes.find((cause) => cause.kind === kind),
      holds,
    );
  });
}

/** As if a node's kernel had not let itself be asked. */
const without = (scene: Scene, ids: readonly string[], limits: string): Scene => ({
  ...scene,
  reports: scene.reports.map((report): Observations => ({
    ...report,
    observations: report.observations
      .filter(({ id }) => !ids.includes(id))
      .map((one) => (one.id === "limits" ? { ...one, output: limits } : one)),
  })),
});

test("where neither the kernel's events nor the rules could be followed, counters tell the rule, and that it was so is said", (t) => {
  const { causes, limits } = findCauses(
    without(read("legacy"), ["events", "rules", "chains"], "events mount: permission denied\nrules nft: not found\n"),
  );
  t.like(causes[0], { kind: "rule", by: "counter", rule: "-A FORWARD -d 10.244.3.2/32 -j DROP" });
  t.deepEqual([...new Set(limits.map(({ what }) => what))], ["events", "rules"]);
  t.regex(sayLimit(limits[0]!, "en"), /k8s-worker1 .*counters.*\(mount: permission denied\)/);
  t.regex(sayLimit(limits[1]!, "zh"), /计数器.*nft: not found/);
});

test("the rule that gave a packet another address is found, and no other node's", (t) => {
  const { reports } = read("masquerade");
  t.deepEqual(
    reports.map((report) => findTranslations(report).map(({ rule }) => rule)),
    [["-A POSTROUTING -s 10.244.0.0/16 -o flannel.1 -j MASQUERADE"], []],
  );
});

test("a changed address is told where it was first seen, and an error's own addresses are none", (t) => {
  const { last } = read("filter-forward");
  const hop = { ...last!, kind: "ICMP echo request" };
  const error = { ...hop, leg: "reply" as const, kind: "ICMP time exceeded", source: "10.244.1.1" };
  t.deepEqual(translations([hop, { ...hop, interface: "flannel.1", direction: "out", source: "10.244.1.0" }, error]), [
    {
      leg: "request",
      machine: "k8s-worker1",
      interface: "flannel.1",
      direction: "out",
      what: "source",
      was: "10.244.1.4",
      is: "10.244.1.0",
    },
  ]);
});
