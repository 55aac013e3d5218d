// Proves what begins without waiting for a machine that is late, and what does wait, with mocks of which one takes its time. It does not
// prove how long anything takes.
import test from "ava";
import { defaultOrigin } from "../../bundle/choice.ts";
import { recorded, registered, useMocks, valueOf } from "./mocks.ts";

/** Resources that do not answer before they are let go. */
const held = new Map(
  ["machines-right", "left-prepare", "boss-addons"].map((name) => [name, Promise.withResolvers<void>()]),
);
const letGo = (name: string): void => held.get(name)?.resolve();

await useMocks(
  async ({ name }) => {
    await held.get(name)?.promise;
    if (name.endsWith("-lab")) return { stdout: "mock-0a1b2c3d" };
    if (name.endsWith("-login") || name.endsWith("-host-key"))
      return { stdout: JSON.stringify({ privateKey: `private ${name}`, publicKey: `ssh-ed25519 ${name}` }) };
    if (/^machines-(boss|left|right)$/.test(name)) return { stdout: JSON.stringify({ id: name, start: "monday" }) };
    if (name.endsWith("-init")) {
      const caHash = `sha256:${"ab".repeat(32)}`;
      return { stdout: JSON.stringify({ kubeconfig: "the kubeconfig", caHash, emulated: false }) };
    }
    if (name.endsWith("-token")) return { stdout: "abcdef.0123456789abcdef" };
    return { stdout: "{}" };
  },
  {},
  () => ({ stdout: JSON.stringify({ boss: "monday", left: "monday", right: "monday" }) }),
);
const { createMachines } = await import("../../components/machines/machines.ts");
const { Cluster } = await import("../../components/cluster/cluster.ts");

const ranges = {
  backend: "vxlan" as const,
  podCidr: "10.200.0.0/16",
  ipFamily: "ipv4" as const,
  serviceCidr: "10.100.0.0/16",
  dnsAddress: "10.100.0.10",
};
const machines = await createMachines("machines", {
  stack: "mock",
  platform: { kind: "local", machineCidr: "10.9.0.0/24", portBase: 4000 },
  nodes: ["boss", "left", "right"].map((name, index) => ({ name, role: index === 0 ? "control-plane" : "worker" })),
  ...ranges,
  artifacts: { ...defaultOrigin, way: "source" },
  proxyMode: "iptables",
  lessons: ["pod-network"],
  faults: [],
  verify: "first",
});
const cluster = new Cluster("cluster", { machines, ...ranges, kubernetes: "1.37.2" });

test("each step waits for its own machine, and for no other", async (t) => {
  // kubeadm init, and what is deployed on its API server, while one machine has not come up and another is not prepared.
  await Promise.all(["boss-init", "left-prepare", "left-packages", "cluster-flannel-daemon"].map(registered));
  for (const name of ["right-prepare", "right-packages", "cluster-members", "left-join"])
    t.false(recorded.has(name), `${name} is too early`);

  letGo("machines-right");
  // Members are known now. A worker that is prepared joins; one that is not waits, though its token would be there.
  await registered("right-join");
  for (const name of ["left-token", "left-join", "cluster-ready"]) t.false(recorded.has(name), `${name} is too early`);

  letGo("left-prepare");
  // kube-proxy and CoreDNS are put in beside the joins; the cluster is not ready without them.
  await registered("left-join");
  t.false(recorded.has("cluster-ready"), "cluster-ready is too early");

  letGo("boss-addons");
  await valueOf(cluster.ready.stdout);
});
