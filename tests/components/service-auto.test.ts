// Proves what the lesson about discovery makes, and in which order: what it teaches depends on it. It does not prove that anything is found.
import * as k8s from "@pulumi/kubernetes";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { defaultChoice } from "../../bundle/choice.ts";
import { lessonImageRefs } from "../../bundle/versions.ts";
import { lessonArgs } from "./lab-machines.ts";
import { at, recorded, useMocks, valueOf } from "./mocks.ts";

const transcript = readFileSync(join(import.meta.dirname, "../transcripts/service-auto/k8s-master.json"), "utf8");
await useMocks(({ name, inputs, type }) => {
  if (type === "kubernetes:core/v1:Pod") {
    const { metadata, spec } = inputs as { metadata: object; spec: { nodeSelector: object } };
    return {
      metadata: { ...metadata, uid: `uid-${name}` },
      spec: { ...spec, nodeName: Object.values(spec.nodeSelector)[0] as string },
      status: {},
    };
  }
  const [, pod] = /^service-auto-(\w+)-facts$/.exec(name) ?? [];
  if (pod !== undefined)
    return {
      stdout: JSON.stringify({
        name: pod,
        namespace: "service-auto",
        uid: `uid-${pod}`,
        node: "k8s-worker1",
        ip: "10.244.1.7",
        containers: ["client"],
      }),
    };
  if (name === "service-auto-image-made") return { stdout: "/cache/redis.tar" };
  return { stdout: name === "service-auto-observe" ? transcript : "" };
});
const { ServiceAuto } = await import("../../components/lessons/service-auto.ts");

const lesson = new ServiceAuto(
  "service-auto",
  {
    ...lessonArgs(),
    artifacts: { ...defaultChoice, way: "source" },
  },
  { providers: [new k8s.Provider("kubernetes", {})] },
);
const claims = await valueOf(lesson.claims);

test("one client is there before the Service, and one comes after it", (t) => {
  t.true(at("service-auto-early") < at("service-auto-service"));
  const services = [...recorded.values()].filter(({ type }) => type === "kubernetes:core/v1:Service");
  t.is(services.length, 1);
  t.true(services[0]!.index < at("service-auto-late"));
});

test("Redis' image is brought to the one node that runs it, and its pod waits for that", (t) => {
  const copies = [...recorded.keys()].filter((name) => name.startsWith("service-auto-image-copy-"));
  t.deepEqual(copies, ["service-auto-image-copy-k8s-worker2"]);
  const pods = [...recorded.values()].filter(({ type }) => type === "kubernetes:core/v1:Pod");
  const redis = pods.find(({ inputs }) => (inputs as k8s.types.output.core.v1.Pod).metadata.name === "redis")!;
  const { containers } = (redis.inputs as k8s.types.output.core.v1.Pod).spec;
  t.is(containers[0]?.image, lessonImageRefs.redis);
  t.is(containers[0]?.command[0], "redis-server");
  t.true(at("service-auto-image-import-k8s-worker2") < redis.index);
});

test("what the control plane sees becomes the claims", (t) => {
  t.deepEqual(
    claims.map(({ id, ok }) => `${id} ${ok}`),
    [
      "service-auto/service-variables/early true",
      "service-auto/service-variables/late true",
      "service-auto/database-by-name/early true",
      "service-auto/database-by-name/late true",
      "service-auto/name-outlives-address/moving/early true",
    ],
  );
});
