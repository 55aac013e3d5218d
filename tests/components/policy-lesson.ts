// The lesson about network policies on mocks of a cluster, for the tests of what it makes.
import * as k8s from "@pulumi/kubernetes";
import { defaultChoice } from "../../bundle/choice.ts";
import type { NetworkPolicyArgs } from "../../components/lessons/network-policy.ts";
import { lessonArgs } from "./lab-machines.ts";
import { useMocks, valueOf } from "./mocks.ts";

const report = JSON.stringify({ node: "somewhere", at: "2026-01-02T03:04:05Z", observations: [] });

/** Makes the lesson. @returns its pods, as they were asked for, and its claims */
export async function makeLesson({ ipFamily = "ipv4" }: Pick<NetworkPolicyArgs, "ipFamily"> = {}) {
  const pods: { readonly namespace: string; readonly name: string; readonly node: string }[] = [];
  await useMocks(({ name, inputs, type }) => {
    if (type === "kubernetes:core/v1:Pod") {
      const { metadata, spec } = inputs as {
        metadata: { name: string; namespace: string };
        spec: { nodeSelector: object };
      };
      const node = Object.values(spec.nodeSelector)[0] as string;
      pods.push({ namespace: metadata.namespace, name: metadata.name, node });
      return { metadata: { ...metadata, uid: `uid-${name}` }, spec: { ...spec, nodeName: node }, status: {} };
    }
    if (type === "kubernetes:core/v1:Service") {
      const { spec } = inputs as { spec: object };
      return { spec: { ...spec, clusterIP: "10.96.7.7" } };
    }
    if (name === "network-policy-pods")
      return {
        stdout: JSON.stringify([
          ...pods.map((pod, index) => ({
            ...pod,
            uid: `uid-${index}`,
            ip: `10.244.1.${10 + index}`,
            ...(ipFamily === "dual" && { ip6: `fd00:10:244:1::${10 + index}` }),
            phase: "Running",
            hostNetwork: false,
            containers: ["box"],
          })),
          {
            namespace: "network-policy",
            name: "kube-router-x",
            node: "k8s-worker1",
            uid: "uid",
            ip: "172.28.85.11",
            phase: "Running",
            hostNetwork: true,
            containers: ["kube-router"],
          },
        ]),
      };
    if (name === "network-policy-image-made") return { stdout: "/cache/kube-router.tar" };
    return { stdout: name.includes("-observe-") ? report : "" };
  });
  const { NetworkPolicy } = await import("../../components/lessons/network-policy.ts");
  const lesson = new NetworkPolicy(
    "network-policy",
    {
      ...lessonArgs(),
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.96.0.0/16",
      ipFamily,
      dnsAddress: "10.96.0.10",
      artifacts: { ...defaultChoice, way: "source" },
    },
    { providers: [new k8s.Provider("kubernetes", {})] },
  );
  return { pods, claims: await valueOf(lesson.claims) };
}
