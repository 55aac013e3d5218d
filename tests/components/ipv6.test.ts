// Proves what a lab of IPv6 alone gives its machines and looks at, and which claims it makes. It does not prove that packets travel.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { defaultOrigin } from "../../bundle/choice.ts";
import type { Claim } from "../../evidence/claim.ts";
import { inputsOf, secretInput, useMocks, valueOf } from "./mocks.ts";

const nodeOf: Readonly<Record<string, string>> = {
  "container-to-container-my-pod": "left",
  "pod-to-pod-single-node-mypod1": "left",
  "pod-to-pod-single-node-mypod2": "left",
  "pod-to-pod-multi-node-mypod1": "right",
  "pod-to-pod-multi-node-mypod2": "left",
};
const ip = "fd00:10:200:1::7";
const factsOf = (pod: string): string => {
  const cut = pod.lastIndexOf("-my");
  const [namespace, name] = [pod.slice(0, cut), pod.slice(cut + 1)];
  return JSON.stringify({ name, namespace, uid: `uid-${pod}`, node: nodeOf[pod], ip, ip6: ip, containers: ["pod1"] });
};
await useMocks(
  ({ name, inputs: untyped, type }) => {
    const inputs = untyped as { readonly metadata: object; readonly spec: object };
    if (type === "kubernetes:core/v1:Pod")
      return {
        metadata: { ...inputs.metadata, uid: `uid-${name}` },
        spec: { ...inputs.spec, nodeName: nodeOf[name] },
        status: { podIP: ip },
      };
    if (name.endsWith("-facts")) return { stdout: factsOf(name.slice(0, -"-facts".length)) };
    if (name.startsWith("faults-settle-")) return { stdout: "[]" };
    if (name.endsWith("-lab")) return { stdout: "born-0a1b2c3d" };
    if (name.endsWith("-login") || name.endsWith("-host-key"))
      return { stdout: JSON.stringify({ privateKey: "private\n", publicKey: "ssh-ed25519 public" }) };
    if (name.startsWith("machines-"))
      return { stdout: JSON.stringify({ id: `container of ${name}`, start: "monday" }) };
    return { stdout: JSON.stringify({ node: "somewhere", at: "2026-01-02T03:04:05Z", observations: [] }) };
  },
  {},
  () => ({ stdout: JSON.stringify({ boss: "monday", left: "monday", right: "monday" }) }),
);
const { createMachines } = await import("../../components/machines/machines.ts");
const { Lessons } = await import("../../components/lessons/lessons.ts");

class Stub extends pulumi.ComponentResource {}

const ranges = { podCidr: "fd00:10:200::/48", serviceCidr: "fd00:10:100::/112" };
const common = { lessons: ["pod-network"], dnsAddress: "fd00:10:100::a", ipFamily: "ipv6", ...ranges } as const;
const machines = await createMachines("machines", {
  stack: "mock",
  platform: { kind: "local", machineCidr: "10.9.0.0/24", portBase: 4000 },
  nodes: ["boss", "left", "right"].map((name, index) => ({ name, role: index === 0 ? "control-plane" : "worker" })),
  ranges6: { machineCidr: "fd00:10:9::/64", ...ranges },
  backend: "vxlan",
  artifacts: { ...defaultOrigin, way: "source" },
  proxyMode: "iptables",
  faults: [],
  verify: "first",
  ...common,
});
const judged = Promise.withResolvers<readonly Claim[]>();
new Lessons("scenarios", {
  machines,
  cluster: {
    provider: new k8s.Provider("kubernetes", {}),
    joined: [],
    ready: new Stub("test:Ready", "ready") as never,
    lostPods: pulumi.output<Record<string, string>>({}),
    packages: {},
  },
  verify: "again",
  judge: judged.resolve,
  ...common,
});
const claims = await judged.promise;

const environmentOf = (name: string): Readonly<Record<string, string>> =>
  inputsOf<{ readonly environment: Readonly<Record<string, string>> }>(name).environment;
/** What a script is given; of a pod's own machine nobody knows yet that it is no secret. */
function givenTo(name: string): string {
  const { stdin } = inputsOf<{ readonly stdin: unknown }>(name);
  return typeof stdin === "string" ? stdin : (secretInput(stdin) as string);
}

test("a machine is called by its IPv6 address, and has an IPv4 one for what is outside of the cluster", async (t) => {
  const called = machines.map(({ address, address6 }) => pulumi.all([address, address6]));
  t.deepEqual(await Promise.all(called.map(valueOf)), [
    ["fd00:10:9::10", "fd00:10:9::10"],
    ["fd00:10:9::11", "fd00:10:9::11"],
    ["fd00:10:9::12", "fd00:10:9::12"],
  ]);
  t.like(environmentOf("machines-left"), { ADDRESS: "10.9.0.11", ADDRESS6: "fd00:10:9::11" });
  t.true(inputsOf<{ readonly triggers: readonly unknown[] }>("machines-left").triggers.includes("ipv6"));
  t.like(environmentOf("machines-network"), { CIDR: "10.9.0.0/24", CIDR6: "fd00:10:9::/64" });
});

test("each look is by IPv6: at pods, nodes and the device that leads to others", (t) => {
  const look = givenTo("pod-to-pod-multi-node-observe-left");
  for (const given of [/^FAMILY='ipv6'$/m, /^TUNNEL='flannel-v6\.1'$/m, /^NODES='boss=fd00:10:9::10 /m])
    t.regex(look, given);
  t.regex(givenTo("pod-to-pod-multi-node-journey-capture-sender"), /^FILTER='\(icmp6 /m);
  t.regex(givenTo("reachability-observe-left"), /^DNS_ADDRESS='fd00:10:100::a'$/m);
  t.notRegex(givenTo("reachability-observe-left"), /^PODS6=/m);
  t.regex(givenTo("reachability-echo-left"), /^FAMILIES='dual'$/m);
});

test("a claim about addresses says that it is of IPv6, one about neither is as ever, and none is of IPv4 or there twice", (t) => {
  const ids = claims.map(({ id }) => id);
  t.is(new Set(ids).size, ids.length);
  const kindsOf = (fits: (claim: Claim) => boolean): string[] =>
    [...new Set(claims.filter(fits).map(({ kind }) => kind))].toSorted();
  const isOf6 = ({ id, about }: Claim): boolean => {
    t.is(id.endsWith("/ipv6"), "family" in about && about.family === "ipv6", id);
    return id.endsWith("/ipv6");
  };
  t.deepEqual(
    kindsOf((claim) => !isOf6(claim)),
    [
      "agents",
      "backend",
      "bridge-port",
      "containers-on-node",
      "different-nodes",
      "flannel-ready",
      "forwarding",
      "learned-entries",
      "localhost-not-from-outside",
      "localhost-shared",
      "new-pod",
      "node-ready",
      "own-namespaces",
      "pod-mtu",
      "port-taken",
      "qdisc",
      "same-namespaces",
      "same-network-inode",
      "two-network-namespaces",
      "veth-peer",
    ],
  );
  t.deepEqual(kindsOf(isOf6), [
    "address-unique",
    "bridge-netfilter",
    "different-pod-cidrs",
    "dns",
    "forwarding-enabled",
    "gateway",
    "in-node-cidr",
    "journey/answered",
    "journey/encapsulation",
    "journey/not-on-overlay",
    "journey/reply",
    "journey/request",
    "link-up",
    "loss",
    "mtu-exceeded",
    "mtu-passes",
    "neighbour",
    "no-translation",
    "overlay-port",
    "ping",
    "pod-address",
    "pod-neighbour",
    "pod-prefix",
    "pod-route",
    "reach",
    "route",
    "route-decision",
    "vtep",
    "vtep-forwarding",
    "vtep-neighbour",
  ]);
});
