// Proves that every kind of cause has a sentence in both languages that holds what it was given. It does not prove that a learner understands it.
import test from "ava";
import { byWorth, type Cause, causeKinds } from "../../../evidence/cause/cause.ts";
import { causeNames, sayCause } from "../../../evidence/cause/words.ts";
import { languages } from "../../../evidence/language.ts";

const at = { node: "k8s-worker1", see: "look" } as const;
const samples: readonly Cause[] = [
  { ...at, kind: "setting", setting: "net.ipv4.ip_forward", value: "0", needed: "1" },
  {
    ...at,
    kind: "entry",
    what: "neighbour",
    device: "flannel.1",
    address: "10.244.2.0",
    seen: "02::99",
    expected: "aa::1",
  },
  { ...at, kind: "entry", what: "forwarding", device: "flannel.1", address: "aa::1" },
  { ...at, kind: "qdisc", device: "eth0", qdisc: "tbf 8001: root rate 1Kbit", drops: 7 },
  { ...at, kind: "device", device: "veth1", what: "down", seen: "state DOWN" },
  { ...at, kind: "route", pod: "web", what: "none", destination: "10.244.2.9", decision: "Network is unreachable" },
  {
    ...at,
    kind: "route",
    what: "refused",
    destination: "10.244.2.9",
    decision: "blackhole",
    table: "200",
    rule: "100: from 10.244.1.2 lookup 200",
  },
  { ...at, kind: "kernel", reason: "IP_RPFILTER", function: "ip_rcv_finish_core", device: "cni0" },
  { ...at, kind: "kernel", reason: "SOMETHING_NEW", function: "new_function" },
  { ...at, kind: "kernel", function: "ip_error" },
  { ...at, kind: "kernel", counter: "TcpExt IPReversePathFilter" },
  {
    ...at,
    kind: "rule",
    tool: "iptables",
    family: "ip",
    table: "filter",
    chain: "FORWARD",
    rule: "-A FORWARD -p icmp -j DROP",
    comment: "no pings",
    verdict: "drop",
    by: "trace",
  },
];

test("causes are told in the order of their worth, and every kind has a sample here", (t) => {
  t.deepEqual([...new Set(byWorth(samples).map(({ kind }) => kind))], [...causeKinds]);
});

for (const cause of samples) {
  const { kind, node, see: _, mend: __, ...given } = cause;
  test(`a ${kind} says in both languages all that was found: ${JSON.stringify(given)}`, (t) => {
    for (const language of languages) {
      const sentence = sayCause(cause, language);
      t.true(sentence.includes(node), sentence);
      t.notRegex(sentence, /undefined|\s{2}/);
      // What stands for a sentence, and how it was found, are no words of it.
      for (const [key, value] of Object.entries(given))
        if (!["what", "verdict", "by", "tool", "family"].includes(key))
          t.true(sentence.includes(String(value)), `${key} in: ${sentence}`);
      t.truthy(causeNames[kind][language]);
    }
  });
}

test("each way of a cause has words of its own", (t) => {
  const device = { ...at, kind: "device", device: "veth1", seen: "x" } as const;
  const said = (["absent", "down", "unplugged", "changed", "drops"] as const).map((what) =>
    sayCause({ ...device, what }, "zh"),
  );
  t.is(new Set(said).size, said.length);
  t.regex(
    sayCause({ ...at, kind: "kernel", reason: "NETFILTER_DROP", function: "nft_do_chain" }, "zh"),
    /防火墙规则.*NETFILTER_DROP/,
  );
});
