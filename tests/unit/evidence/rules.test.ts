// Proves which rules a trace names for a Service in nftables and for a network policy. The outputs are those of a real lab, cut down to what is read.
import test from "ava";
import { findRules, findTranslations } from "../../../evidence/cause/rules.ts";
import type { Scene } from "../../../evidence/cause/scene.ts";
import type { Observations } from "../../../evidence/observation.ts";
import { withRules } from "../../../cli/trace/watch.ts";

const report = (outputs: Readonly<Record<string, string>>): Observations => ({
  node: "k8s-master",
  at: "2026-11-28T12:00:00Z",
  observations: Object.entries(outputs).map(([id, output]) => ({ id, command: id, output, exit: 0 })),
});

const choice = "meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.7 . 8080, 1 : 10.244.2.10 . 8080 }";
const nftables = report({
  rules: [
    'trace id 5d1e0c3a ip kube-proxy services rule ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000 comment "masquerade clusterIP traffic from outside cluster" (verdict continue)',
    "trace id 5d1e0c3a ip kube-proxy services rule ip daddr . meta l4proto . th dport vmap @service-ips (verdict goto service-JAF7DJ2J-service/hello-world/tcp/)",
    `trace id 5d1e0c3a ip kube-proxy service-JAF7DJ2J-service/hello-world/tcp/ rule ${choice} (verdict accept)`,
    "trace id 5d1e0c3a ip kube-proxy masquerading rule meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random (verdict accept)",
  ].join("\n"),
});

test("of nftables the rule that chooses a Service's pod is named, and the rule that masquerades, not one whose comment speaks of it", (t) => {
  const found = findTranslations(nftables);
  t.deepEqual(
    found.map(({ tool, chain }) => [tool, chain]),
    [
      ["nft", "service-JAF7DJ2J-service/hello-world/tcp/"],
      ["nft", "masquerading"],
    ],
  );
  const common = { leg: "request", machine: "k8s-master", interface: "flannel.1", direction: "out" } as const;
  const [source, destination] = withRules(
    [
      { ...common, what: "source", was: "172.28.85.10", is: "10.244.0.0" },
      { ...common, what: "destination", was: "10.96.25.201", is: "10.244.1.7" },
    ],
    [nftables],
  );
  t.is(source?.rule?.chain, "masquerading");
  t.is(destination?.rule?.rule, choice);
});

test("a node without a pod of a Service whose policy is Local drops by a rule that leads to the Service", (t) => {
  const rule =
    '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "service/hello-world-local has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 31112 -j DROP';
  const saved = `*filter\n:KUBE-EXTERNAL-SERVICES - [0:0]\n[1:60] ${rule}\nCOMMIT\n`;
  const text = "meta l4proto tcp fib daddr type local tcp dport 31112 drop";
  const dropped = report({
    rules: `trace id 77aa00bb ip filter KUBE-EXTERNAL-SERVICES rule ${text} (verdict drop)`,
    chains: `table ip filter {\n\tchain KUBE-EXTERNAL-SERVICES {\n\t\t${text} # handle 9\n\t}\n}`,
    "filters/iptables-nft-save/before": saved,
    "filters/iptables-nft-save/after": saved,
  });
  const [found] = findRules({ protocol: "tcp", nodes: [], reports: [dropped] } as unknown as Scene, dropped);
  t.is(found?.rule, rule);
  t.is(found?.see, "kubectl describe service --namespace service hello-world-local | grep -e Policy -e Endpoints");
  t.is(found?.mend, undefined);
});

test("a rule that was made of a network policy leads to the policies, and is not to be deleted", (t) => {
  const rule =
    '-A KUBE-POD-FW-KOP7MQ4ZTXDN627W -m comment --comment "rule to REJECT traffic destined for POD name:by-pod namespace: network-policy" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable';
  const saved = `*filter\n:KUBE-POD-FW-KOP7MQ4ZTXDN627W - [0:0]\n[3:180] ${rule}\nCOMMIT\n`;
  const text = "xt match comment mark and 0x10000 != 0x10000 xt target REJECT";
  const denied = report({
    rules: `trace id 77aa00bb ip filter KUBE-POD-FW-KOP7MQ4ZTXDN627W rule ${text} (verdict drop)`,
    chains: `table ip filter {\n\tchain KUBE-POD-FW-KOP7MQ4ZTXDN627W {\n\t\t${text} # handle 9\n\t}\n}`,
    "filters/iptables-nft-save/before": saved,
    "filters/iptables-nft-save/after": saved,
  });
  const [found] = findRules({ protocol: "tcp", nodes: [], reports: [denied] } as unknown as Scene, denied);
  t.is(found?.verdict, "reject");
  t.is(found?.rule, rule);
  t.is(found?.see, "kubectl describe networkpolicy --namespace network-policy");
  t.is(found?.mend, undefined);
});
