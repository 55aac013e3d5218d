// Proves what the lesson about names makes, where, and in which order. It does not prove that a name is found.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import test from "ava";
import { labMachines, lessonArgs } from "./lab-machines.ts";
import { inputsOf, recorded, useMocks, valueOf } from "./mocks.ts";

const transcript = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../transcripts/cluster-dns/${name}.json`), "utf8");
const { pods, serviceAddress, nodes } = JSON.parse(transcript("facts")) as {
  pods: { name: string; ip: string }[];
  serviceAddress: string;
  nodes: { name: string; address: string }[];
};
await useMocks(({ name, inputs, type }) => {
  if (type === "kubernetes:core/v1:Pod") {
    const { metadata, spec } = inputs as { metadata: object; spec: { nodeSelector: Record<string, string> } };
    const nodeName = spec.nodeSelector["kubernetes.io/hostname"];
    return { metadata: { ...metadata, uid: "uid" }, spec: { ...spec, nodeName }, status: {} };
  }
  if (type === "kubernetes:core/v1:Service")
    return {
      spec: { ...(inputs as { spec: object }).spec, clusterIP: name.endsWith("headless") ? "None" : serviceAddress },
    };
  const told = /^cluster-dns-(.*)-facts$/.exec(name)?.[1];
  if (told !== undefined) return { stdout: JSON.stringify(pods.find((pod) => pod.name === told)) };
  return name.startsWith("cluster-dns-observe-")
    ? { stdout: transcript(name.replace("cluster-dns-observe-", "")) }
    : {};
});
const { ClusterDns } = await import("../../components/lessons/cluster-dns.ts");

const lesson = new ClusterDns(
  "cluster-dns",
  {
    ...lessonArgs(labMachines(nodes)),
    dnsAddress: "10.96.0.10",
    apiAddress: "10.96.0.1",
  },
  { providers: [new k8s.Provider("kubernetes", {})] },
);
const claims = await valueOf(lesson.claims);
interface ServiceInputs {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly ports: readonly object[]; readonly clusterIP?: string };
}

test("the pods behind the Services have names of their own, and are on the first and the last worker", (t) => {
  for (const [pod, node] of [
    ["web-0", "k8s-worker1"],
    ["web-1", "k8s-worker2"],
  ] as const) {
    const { metadata, spec } = inputsOf<k8s.types.output.core.v1.Pod>(`cluster-dns-${pod}`);
    t.deepEqual([spec.hostname, spec.subdomain], [pod, "demo-headless"]);
    t.deepEqual(spec.nodeSelector, { "kubernetes.io/hostname": node });
    t.deepEqual(metadata.labels, { app: "demo" });
  }
  t.false(
    "labels" in inputsOf<k8s.types.output.core.v1.Pod>("cluster-dns-client").metadata,
    "who asks stands behind none",
  );
});

test("both Services name their port, and neither is waited for", (t) => {
  for (const [service, address] of [
    ["demo", undefined],
    ["demo-headless", "None"],
  ] as const) {
    const { metadata, spec } = inputsOf<ServiceInputs>(`cluster-dns-${service}`);
    t.is(metadata.annotations["pulumi.com/skipAwait"], "true");
    t.like(spec.ports[0], { name: "http", port: 80 });
    t.deepEqual([spec.clusterIP], [address]);
  }
});

test("every node is asked once the API server has told of CoreDNS, and is given the names to ask for", (t) => {
  for (const { name } of nodes) {
    const observer = recorded.get(`cluster-dns-observe-${name}`)!;
    t.true(recorded.get("cluster-dns-observe-server")!.index < observer.index, name);
    const { stdin } = observer.inputs as { stdin: string };
    t.regex(
      stdin,
      /HOSTS='demo kubernetes\.default demo\.cluster-dns\.svc\.cluster\.local demo\.cluster-dns\.svc\.cluster\.local\.'/,
    );
    t.regex(stdin, /RECORDS='service=a=demo\.\S+ headless=a=\S+ .* absent=a=nobody\.\S+'/);
    t.regex(stdin, /REPLICAS='coredns-\S+=10\.244\.\S+ coredns-\S+=10\.244\.\S+'/);
    t.regex(stdin, /SETTLED='demo-headless\.cluster-dns\.svc\.cluster\.local\.=2'/);
    t.regex(stdin, /NODE_HOSTS='service=demo\.\S+ pod=10-244-\S+\.cluster-dns\.pod\.cluster\.local\.'/);
  }
});

test("what the nodes say becomes the claims", async (t) => {
  t.deepEqual(
    claims.filter(({ ok }) => !ok).map(({ id, observed }) => `${id}: ${observed}`),
    [],
  );
  t.deepEqual(
    (await valueOf(lesson.pods)).map(({ name }) => name),
    ["client", "web-0", "web-1"],
  );
});
