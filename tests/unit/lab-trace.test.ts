// Proves which pods a trace takes, what it says of a lost packet, and how it looks. Packets are tests/live's.
import test from "ava";
import type { Claim } from "../../evidence/claim.ts";
import type { ClaimKind } from "../../evidence/kinds.ts";
import { joinJourney } from "../../evidence/journey/journey.ts";
import { ping } from "../../evidence/judge/journey.ts";
import { explain, locateLoss } from "../../evidence/loss.ts";
import type { Run } from "../../cli/trace/door.ts";
import { type Flow, follow, whileAnswered } from "../../cli/trace/follow.ts";
import { choosePod6, wantsIpv6 } from "../../cli/trace/by6.ts";
import { choosePod } from "../../cli/trace/pods.ts";
import { type TraceResult, renderTrace } from "../../cli/trace/view.ts";
import { watch } from "../../cli/trace/watch.ts";
import { backendOf } from "../../evidence/backends.ts";
import { readLab } from "./evidence/lab.ts";

const pod = (namespace: string, name: string, more = {}) => ({
  namespace,
  name,
  uid: `uid-${namespace}-${name}`,
  node: "k8s-worker1",
  ip: "10.244.1.2",
  phase: "Running",
  hostNetwork: false,
  containers: ["main"],
  ...more,
});
const pods = [
  pod("default", "web"),
  pod("one", "mypod1"),
  pod("two", "mypod1"),
  pod("kube-system", "kube-proxy-x", { hostNetwork: true }),
  pod("default", "slow", { phase: "Pending", ip: "" }),
];

test("a pod is named with its namespace, or without where one is enough", (t) => {
  t.is(choosePod(pods, "web").name, "default/web");
  t.is(choosePod(pods, "two/mypod1").uid, "uid-two-mypod1");
});

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["an ambiguous name", "mypod1", /^"mypod1" is the name of 2 pods; write one of one\/mypod1, two\/mypod1$/],
  ["a mistyped name", "wbe", /^no pod "wbe"; did you mean web\?$/],
  ["a mistyped namespace", "tow/mypod1", /^no pod "tow\/mypod1"; did you mean two\/mypod1\?$/],
  ["a name of nothing", "zzzzzzzzzz", /^no pod "zzzzzzzzzz"; the pods are default\/web, one\/mypod1/],
  ["a pod in its node's network", "kube-proxy-x", /hostNetwork.*choose another pod$/],
  ["a pod that does not run", "slow", /^default\/slow is Pending, .*describe pod --namespace default slow/],
];
for (const [what, name, message] of refused) {
  test(`${what} is refused with what to write instead`, (t) => {
    t.throws(() => choosePod(pods, name), { message });
  });
}

test("by IPv6 a pod is named like any other, or by its address, and what has none is refused", (t) => {
  const known = { pods: [...pods, pod("six", "web6", { ip6: "fd00:10:244:1::5" }), pod("six", "other")] };
  t.is(choosePod6(known, "web6").ip6, "fd00:10:244:1::5");
  t.is(choosePod6(known, "fd00:10:244:1::5").name, "six/web6");
  t.is(choosePod6(known, "[fd00:10:244:1::5]").name, "six/web6");
  t.throws(() => choosePod6(known, "fd00:10:244:1::6"), { message: /no pod has the address fd00:10:244:1::6/ });
  t.throws(() => choosePod6(known, "other"), { message: /six\/other has no IPv6 address; .*ipFamily dual/ });
  t.throws(() => choosePod6(known, "svc/web"), { message: /from pod to pod/ });
  t.deepEqual(
    [
      wantsIpv6("fd00::1", undefined, "dual"),
      wantsIpv6("fd00::1", "4", "dual"),
      wantsIpv6("web6", "6", "dual"),
      wantsIpv6("web6", undefined, "dual"),
      wantsIpv6("web", undefined, undefined),
    ],
    [true, false, true, false, false],
  );
});

test("where a lab has IPv6 alone, that is what a packet is followed by, and IPv4 is refused", (t) => {
  t.true(wantsIpv6("web", undefined, "ipv6"));
  t.true(wantsIpv6("web", "6", "ipv6"));
  t.throws(() => wantsIpv6("web", "4", "ipv6"), { message: /^this lab has IPv6 alone: .*; leave out --family 4$/ });
});

const { facts, reports } = readLab();
const across = joinJourney(ping(facts.marks.multi), reports["captured-multi1"]!, reports["captured-multi2"]);
const claim = (id: string, kind: ClaimKind, ok: boolean): Claim =>
  ({ id, kind, about: {}, ok, ...looked(id) }) as unknown as Claim;
const looked = (id: string) => ({
  claim: `${id} holds`,
  node: "k8s-worker1",
  command: "look",
  output: "",
  expected: "this",
  observed: "that",
});

const places: readonly (readonly [number, ClaimKind])[] = [
  [0, "pod-address"],
  [1, "veth-peer"],
  [2, "route"],
  [3, "vtep-neighbour"],
  [4, "vtep-forwarding"],
  [5, "overlay-port"],
  [6, "vtep-neighbour"],
  [7, "pod-neighbour"],
  [8, "pod-address"],
  [11, "vtep-neighbour"],
  [15, "pod-neighbour"],
];
for (const [seen, likeliest] of places) {
  test(`a packet that was seen ${seen} times points to the claims about ${likeliest} first`, (t) => {
    t.is(locateLoss(across.slice(0, seen)).claims[0], likeliest);
  });
}

test("of the claims that fail those about the place of the loss come first, and none is left out", (t) => {
  const claims = [
    claim("x/mtu-passes/a", "mtu-passes", false),
    claim("x/route/a", "route", true),
    claim("x/vtep-forwarding/a/b", "vtep-forwarding", false),
    claim("x/pod-address/p", "pod-address", false),
  ];
  t.deepEqual(
    explain(locateLoss(across.slice(0, 4)), claims).map(({ id }) => id),
    ["x/vtep-forwarding/a/b", "x/mtu-passes/a", "x/pod-address/p"],
  );
});

const [from, to] = facts.pods.filter(({ namespace }) => namespace === "pod-to-pod-multi-node");
const result: TraceResult = {
  from: from!,
  to: to!,
  protocol: "icmp",
  probe: { command: "ping", output: "1 packets transmitted, 0 received\n", exit: 1 },
  verdict: "answered",
  hops: across,
};

/** Nobody can tell why. */
const unknown = { why: { causes: [], limits: [] }, again: { sent: 10, answered: 0 } };

test("a trace shows both ends, one row a hop, and the verdict, within 80 columns", (t) => {
  const lines = renderTrace(result);
  t.true(lines[0]?.includes(`${from!.ip} on ${from!.node}`) && lines[1]?.includes(`${to!.ip} on ${to!.node}`));
  t.is(lines.filter((line) => / TTL \d+/.test(line)).length, across.length);
  t.deepEqual(
    lines.filter((line) => /^re(quest|ply): /.test(line)),
    ["request: ICMP echo request", "reply: ICMP echo reply"],
  );
  t.is(lines.at(-1), `answered: there and back in ${across.at(-1)!.micros} µs`);
  for (const line of lines) t.true(line.length <= 80, line);
});

test("a lost packet's trace names the last hop, what the sender saw, and the claims that fail", (t) => {
  const hops = across.slice(0, 3);
  const failing = [claim("x/vtep-forwarding/a/b", "vtep-forwarding", false)];
  const text = renderTrace({
    ...result,
    verdict: "lost",
    hops,
    loss: { ...locateLoss(hops), failing, ...unknown },
  }).join("\n");
  t.regex(text, new RegExp(`lost: seen last on ${from!.node}, flannel.1 out`));
  t.regex(text, /0 received/);
  t.regex(text, /✗ x\/vtep-forwarding\/a\/b[^]*on +k8s-worker1: look[^]*expected this[^]*observed that/);
});

test("an error from a router points to the place where the packet itself was seen last", (t) => {
  const back = {
    ...across[15]!,
    leg: "reply" as const,
    kind: "ICMP destination unreachable (network prohibited)",
    source: "10.244.1.1",
  };
  const hops = [...across.slice(0, 2), back];
  t.is(locateLoss(hops).claims[0], "route");
  const text = renderTrace({
    ...result,
    verdict: "lost",
    hops,
    loss: { ...locateLoss(hops), failing: [], ...unknown },
  }).join("\n");
  t.regex(
    text,
    /lost: seen last on .*, cni0 in\n +came back +ICMP destination unreachable \(network prohibited\) from 10\.244\.1\.1/,
  );
});

test("a refused packet's trace says that the way is open", (t) => {
  t.regex(
    renderTrace({
      ...result,
      verdict: "refused",
      hops: [...across.slice(0, 15), { ...across[15]!, kind: "TCP RST, ACK" }],
    }).join("\n"),
    /refused: TCP RST, ACK came back; the way is open/,
  );
});

test("two traces at once have servers of their own, and each ends its own after its own packets, those asked about again too", async (t) => {
  const calls: string[] = [];
  const node = (name: string) => ({ name, role: "worker", address: "10.0.0.1", ssh: "ssh://root@127.0.0.1:1" });
  const one = (tag: string) => {
    const run = (async (_: unknown, script: string, { params }: { params: Record<string, string> }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (script === "observe/serve-echo")
        calls.push(`${tag} ${params["PODS"] === "" ? "ends" : "begins"} ${params["UNIT"]}`);
      if (script === "observe/probe") calls.push(`${tag} sends`);
      const sent = { id: "probe", command: "socat", output: "", exit: 1 };
      return { node: "n", observations: script === "observe/probe" ? [sent] : [] };
    }) as unknown as Run;
    const flow = {
      protocol: "udp",
      from: from!,
      to: to!,
      nodes: [node("n")],
      backend: backendOf("vxlan"),
    } as unknown as Flow;
    return whileAnswered(run, flow, async () => {
      // Nothing was captured, since nothing is there.
      await t.throwsAsync(follow(run, flow));
      await watch(run, flow);
    });
  };
  await Promise.all([one("a"), one("b")]);
  const units = ["a", "b"].map((tag) => {
    const own = calls.filter((call) => call.startsWith(tag)).map((call) => call.split(" "));
    t.deepEqual(
      own.map(([, what]) => what),
      ["begins", "sends", "sends", "ends"],
    );
    t.is(own[0]?.[2], own[3]?.[2]);
    return own[0]?.[2];
  });
  t.not(units[0], units[1]);
  t.false(units.includes("podnet-echo"), "that one is the lessons'");
});
