// Proves what the lesson about network policies makes, in which order, and that it goes as it came. It does not prove that anything enforces a policy.
import type * as k8s from "@pulumi/kubernetes";
import test from "ava";
import { lessonImageRefs } from "../../bundle/versions.ts";
import { nodeNames } from "./lab-machines.ts";
import { at, inputsOf, recorded } from "./mocks.ts";
import { makeLesson } from "./policy-lesson.ts";

const { pods } = await makeLesson();
const policy = (name: string) =>
  inputsOf<k8s.types.output.networking.v1.NetworkPolicy>(`network-policy-policy-${name}`);

test("each example is a policy over the pod of its name", (t) => {
  for (const name of ["deny-all", "by-pod", "by-namespace", "by-address", "either", "both"]) {
    t.deepEqual(policy(name).spec.podSelector, { matchLabels: { app: name } } as never);
    t.deepEqual(policy(name).spec.policyTypes, ["Ingress"]);
    t.true(
      pods.some((pod) => pod.name === name && pod.namespace === "network-policy"),
      name,
    );
  }
  t.deepEqual(policy("deny-all").spec.ingress, []);
  t.is(policy("either").spec.ingress[0]?.from.length, 2, "two items: the one or the other");
  t.is(policy("both").spec.ingress[0]?.from.length, 1, "one item: both at once");
  t.deepEqual(Object.keys(policy("both").spec.ingress[0]?.from[0] ?? {}).toSorted(), [
    "namespaceSelector",
    "podSelector",
  ]);
});

test("what is let out is names alone, or all but the address of the metadata and one where somebody answers", (t) => {
  t.deepEqual(
    policy("asks-names").spec.egress[0]?.ports.map(({ protocol, port }) => [protocol, port]),
    [
      ["UDP", 53],
      ["TCP", 53],
    ],
  );
  t.deepEqual(policy("goes-out").spec.egress[0]?.to[0]?.ipBlock.except, ["169.254.169.254/32", "172.28.85.10/32"]);
});

test("that flannel ignores policies is looked at once they are there, and before anything enforces them", (t) => {
  for (const node of nodeNames) {
    const before = recorded.get(`network-policy-observe-before-${node}`)!;
    const { stdin } = before.inputs as { stdin: string };
    t.regex(stdin, /^ENFORCED='no'$/m);
    t.true(at("network-policy-policy-deny-all") < before.index);
    t.true(before.index < at("network-policy-enforcer-daemon"));
    t.regex(inputsOf<{ stdin: string }>(`network-policy-observe-${node}`).stdin, /^ENFORCED='yes'$/m);
    t.true(at("network-policy-enforcer-daemon") < at(`network-policy-observe-${node}`));
  }
});

test("each caller is given each target, by its address or its Service's", (t) => {
  const { stdin } = inputsOf<{ stdin: string }>("network-policy-observe-k8s-worker1");
  const row = /^TARGETS='?(network-policy\/friend [^\n]*)/m.exec(stdin)?.[1] ?? "";
  t.deepEqual(
    row
      .split(" ")
      .slice(1)
      .map((target) => target.split("=")[0])
      .toSorted(),
    ["backend", "both", "by-address", "by-namespace", "by-pod", "deny-all", "either", "open"],
  );
  t.regex(row, / backend=10\.96\.7\.7:80( |$)/);
  t.regex(
    stdin,
    /^network-policy\/asks-names dns=10\.96\.0\.10:53 open=\S+:8080 control-plane=172\.28\.85\.10:6443 worker=172\.28\.85\.11:10250/m,
  );
  t.notRegex(stdin, /kube-router-x=/, "what has the node's own network is no pod of the lesson");
});

test("the image is made once, brought to every node, and imported there before the enforcer begins", (t) => {
  t.is(inputsOf<{ create: string }>("network-policy-image-made").create, "node bundle/lesson-image.ts kube-router");
  for (const node of nodeNames) {
    const copy = inputsOf<{ remotePath: string }>(`network-policy-image-copy-${node}`);
    t.is(copy.remotePath, "/tmp/podnet-kube-router.tar");
    t.true(at(`network-policy-image-import-${node}`) < at("network-policy-enforcer-daemon"));
  }
});

test("the enforcer keeps to policies alone, and what it leaves on a node is taken away after it", (t) => {
  const { spec } = inputsOf<k8s.types.output.apps.v1.DaemonSet>("network-policy-enforcer-daemon");
  const [container] = spec.template.spec.containers;
  t.is(container?.image, lessonImageRefs["kube-router"]);
  t.deepEqual(container?.args.slice(0, 4), [
    "--run-router=false",
    "--run-service-proxy=false",
    "--run-firewall=true",
    "--service-cluster-ip-range=10.96.0.0/16",
  ]);
  t.true(spec.template.spec.hostNetwork);
  for (const node of nodeNames) {
    // Deleted in the opposite order.
    t.true(at(`network-policy-enforcer-rules-${node}`) < at("network-policy-enforcer-daemon"));
    const { delete: undo } = inputsOf<{ delete: string }>(`network-policy-enforcer-rules-${node}`);
    t.regex(undo, /ipset destroy/);
    t.true(undo.includes(lessonImageRefs["kube-router"]));
    t.true(at(`network-policy-image-import-${node}`) < at(`network-policy-enforcer-rules-${node}`));
  }
});
