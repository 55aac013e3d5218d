// Proves what one worker more changes in what is asked of Kubernetes: nothing. It does not prove that the worker joins.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import type { Machine } from "../../components/machines/machine.ts";
import { recorded, useMocks, valueOf } from "./mocks.ts";

await useMocks(({ name, type, inputs }) => {
  if (type === "kubernetes:core/v1:Pod") {
    return {
      metadata: { ...inputs.metadata, uid: "uid" },
      spec: { ...inputs.spec, nodeName: "w1" },
      status: { podIP: "10.244.1.7" },
    };
  }
  if (name.endsWith("-init"))
    return {
      stdout: JSON.stringify({ kubeconfig: "the kubeconfig", caHash: `sha256:${"ab".repeat(32)}`, emulated: false }),
    };
  if (name.endsWith("-facts")) {
    return {
      stdout: JSON.stringify({ name, namespace: "n", uid: "uid", node: "w1", ip: "10.244.1.7", containers: ["one"] }),
    };
  }
  if (["-packages", "-members", "-backend"].some((end) => name.endsWith(end))) return { stdout: "{}" };
  if (name.startsWith("faults-settle-")) return { stdout: "[]" };
  return { stdout: JSON.stringify({ node: "w1", at: "2026-01-02T03:04:05Z", observations: [] }) };
});
const { Cluster } = await import("../../components/cluster/cluster.ts");
const { Lessons } = await import("../../components/lessons/lessons.ts");

class Stub extends pulumi.ComponentResource {}

const machine = (name: string, index: number): Machine => ({
  name,
  role: index === 0 ? "control-plane" : "worker",
  address: `10.9.0.${10 + index}`,
  shell: { host: "127.0.0.1", port: 4000 + index, user: "root", privateKey: "key", hostKey: "ssh-ed25519 AAAA" },
  ...(index === 0 && { api: { host: "127.0.0.1", port: 4009 } }),
  identity: `${name}-1`,
  resource: new Stub("test:Machine", name),
});

interface Asked {
  readonly inputs: unknown;
  readonly ignored: readonly string[];
}

/** Everything that is asked of Kubernetes, and of the nodes there are with one worker, in a lab of that many workers. */
async function lab(workers: number): Promise<{ kubernetes: Record<string, Asked>; nodes: Record<string, unknown> }> {
  recorded.clear();
  const machines = ["cp", "w1", "w2", "w3"].slice(0, workers + 1).map(machine);
  const ignored = new Map<string, readonly string[]>();
  const note: pulumi.ComponentResourceOptions = {
    transformations: [
      ({ name, opts }) => void ignored.set(name, (opts as pulumi.CustomResourceOptions).ignoreChanges ?? []),
    ],
  };
  const cluster = new Cluster(
    "cluster",
    {
      machines,
      podCidr: "10.200.0.0/16",
      serviceCidr: "10.100.0.0/16",
      kubernetes: "1.37.2",
      dnsAddress: "10.100.0.10",
    },
    note,
  );
  const judged = Promise.withResolvers<unknown>();
  new Lessons(
    "scenarios",
    {
      machines,
      cluster,
      podCidr: "10.200.0.0/16",
      lessons: ["pod-network"],
      verify: "v",
      serviceCidr: "10.100.0.0/16",
      dnsAddress: "10.100.0.10",
      judge: judged.resolve,
    },
    note,
  );
  await judged.promise;
  await valueOf(cluster.ready.stdout);
  const all = [...recorded.values()];
  return {
    kubernetes: Object.fromEntries(
      all
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .map(({ name, inputs }) => [name, { inputs, ignored: ignored.get(name) ?? [] }]),
    ),
    nodes: Object.fromEntries(
      all
        .filter(({ name }) => /^(cp|w1)-(prepare|init|packages|join|token)$/.test(name))
        .map(({ name, inputs }) => [name, inputs]),
    ),
  };
}
const labs = [await lab(1), await lab(2), await lab(3)] as const;
const [one, two, three] = labs;

test("a third worker changes no Kubernetes resource, and nothing that was done on the other nodes", (t) => {
  t.true(Object.keys(two.kubernetes).length > 15);
  t.deepEqual(three.kubernetes, two.kubernetes);
  t.deepEqual(three.nodes, two.nodes);
});

test("a second worker changes nothing either that a running lab would not keep", (t) => {
  t.deepEqual(Object.keys(two.kubernetes), Object.keys(one.kubernetes));
  t.deepEqual(two.nodes, one.nodes);
  for (const [name, { inputs, ignored }] of Object.entries(two.kubernetes)) {
    const before = structuredClone(one.kubernetes[name]?.inputs) as { spec?: { tolerations?: unknown } };
    if (ignored.includes("spec.tolerations")) delete before.spec?.tolerations;
    t.deepEqual(inputs, before, name);
  }
});

test("the cluster keeps exactly the nodes that the config names", async (t) => {
  await lab(2);
  t.regex(
    (recorded.get("cluster-members")?.inputs as { stdin: string }).stdin,
    /^MACHINES='cp=cp-1 w1=w1-1 w2=w2-1'$/m,
  );
});
