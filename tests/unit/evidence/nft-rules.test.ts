// Proves that flannel's rules in nftables are upstream's, and decide what leaves a node, on transcripts of a real lab with backendOptions.rules nftables; and that a
// rule which takes a packet before them is blamed. It does not prove that the kernel decides so.
import test from "ava";
import { networkOf } from "../../../evidence/cidr.ts";
import { outputOf } from "../../../evidence/observation.ts";
import { parseSubnet } from "../../../evidence/parse/flannel.ts";
import { decide } from "../../../evidence/parse/iptables.ts";
import { parseNftRules } from "../../../evidence/parse/nft-rules.ts";
import { flannelsRules, goldenTable } from "../../upstream/flannel-rules.ts";
import { type Carried, changing, failing, judgeCarried, readCarried } from "./backends.ts";

const lab = readCarried({ name: "vxlan", rules: "nftables" }, "nftables");
const [first] = lab.facts.pods;
const near = `overlay-${first.node}`;
const changed = changing(lab);

test("on each node flannel's own table has upstream's rules in upstream's order, and iptables has none", (t) => {
  for (const { name } of lab.facts.nodes) {
    const report = lab.reports[`overlay-${name}`]!;
    const { network, subnet } = parseSubnet(outputOf(report, "subnet"));
    const chains = parseNftRules(outputOf(report, "flannel-rules"));
    const golden = goldenTable({ network, subnet: networkOf(subnet) });
    t.deepEqual(
      Object.fromEntries([...chains].map(([chain, rules]) => [chain, rules.map(({ text }) => text)])),
      golden as never,
      name,
    );
    t.deepEqual(flannelsRules(outputOf(report, "nat")), [], name);
  }
});

test("every claim holds, and the one about what leaves names the rule of nftables", (t) => {
  t.deepEqual(failing(lab), []);
  t.regex(
    judgeCarried(lab).get(`egress/${first.node}`)?.observed ?? "",
    /^ip saddr \S+ ip daddr != 224\.0\.0\.0\/4 masquerade fully-random$/,
  );
});

const cases: readonly [title: string, lab: Carried][] = [
  [
    "a rule before flannel's that lets what pods send out leave as it is",
    changed(near, "flannel-rules", (text) =>
      text.replace("\t\tmeta mark", "\t\tip saddr 10.182.0.0/16 counter packets 3 bytes 252 return\n\t\tmeta mark"),
    ),
  ],
  [
    "no rule that masquerades",
    changed(near, "flannel-rules", (text) => text.replaceAll(/^.*masquerade fully-random\n/gm, "")),
  ],
  [
    "a rule of iptables that takes it first",
    changed(near, "nat", (text) =>
      text.replace("-A POSTROUTING", "-A POSTROUTING -s 10.182.0.0/16 -j ACCEPT\n-A POSTROUTING"),
    ),
  ],
];
for (const [title, broken] of cases)
  test(`${title} fails exactly the claim about what leaves`, (t) => {
    t.deepEqual(failing(broken), [`egress/${first.node}`]);
  });

test("a match that is not known fits no packet, and a table without chains is none", (t) => {
  const chains = parseNftRules(
    'table ip x {\n\tchain postrtg {\n\t\tip saddr @blocked drop\n\t\toifname "eth0" meta l4proto tcp accept\n\t}\n}\n',
  );
  const packet = { source: "10.0.0.2", destination: "192.0.2.1", out: "eth0" };
  t.is(decide(chains, "postrtg", { ...packet, protocol: "tcp" }).target, "ACCEPT");
  t.is(decide(chains, "postrtg", { ...packet, protocol: "udp" }).target, "the chain's end");
  t.throws(() => parseNftRules("Error: No such file or directory\n"), { message: /^not a table of nftables: Error/ });
});
