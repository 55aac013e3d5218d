// What the benchmark makes of a run's lines and events. It does not prove that a run comes about: tests/bench/bench.test.ts does.
import test from "ava";
import {
  criticalPath,
  kubeadmSpans,
  phaseSvg,
  phaseTable,
  rowsOf,
  scriptSpans,
  type Span,
  stepOf,
} from "../bench/phases.ts";

const written = [
  "host\tground\t100.0\t100.5",
  "k8s-master\tboot\t101.0\t103.0",
  "k8s-worker1\tboot\t101.0\t103.5",
  "k8s-master\tsays\t104.0\t[preflight] Running pre-flight checks",
  "\tsays\t104.5\t[certs] of another machine",
  'k8s-master\tsays\t105.0\t[certs] Generating "ca" certificate and key',
  'k8s-master\tsays\t105.5\t[kubeconfig] Writing "admin.conf" kubeconfig file',
  "k8s-master\tsays\t106.0\t[kubelet-start] Starting the kubelet",
  "k8s-master\tsays\t107.0\t[wait-control-plane] Waiting for the kubelet",
  "k8s-master\tinit\t103.6\t110.0",
  "k8s-master\taddons\t110.2\t111.5",
  "",
].join("\n");

test("the script's lines become steps from the start of the run, kubeadm's parts included", (t) => {
  const spans = scriptSpans(written, 100);
  t.deepEqual(spans[0], { lane: "host", step: "ground", from: 0, to: 0.5 });
  const addons = spans.find(({ step }) => step === "addons");
  t.deepEqual(addons && [addons.from.toFixed(1), addons.to.toFixed(1)], ["10.2", "11.5"]);
  const parts = spans.filter(({ lane, from }) => lane === "k8s-master" && from >= 4 && from < 10);
  t.deepEqual(
    parts.map(({ step, from, to }) => [step, from, to]),
    [
      ["init", 4, 5],
      ["certificates", 5, 6],
      ["kubelet", 6, 7],
      ["control plane up", 7, 10],
    ],
  );
});

test("a step that the script does not have is not passed over", (t) => {
  t.throws(() => scriptSpans("host\tgrund\t1\t2\n", 0), { message: /a step "grund"/ });
});

test("kubeadm's part lasts until the next one begins, and the last one until the end", (t) => {
  const said = [
    { lane: "m", at: 1, text: "[certs] a" },
    { lane: "m", at: 2, text: "[certs] b" },
    { lane: "m", at: 3, text: "[kubelet-start] c" },
  ];
  t.deepEqual(kubeadmSpans(said, 5), [
    { lane: "m", step: "certificates", from: 1, to: 3 },
    { lane: "m", step: "kubelet", from: 3, to: 5 },
  ]);
});

test("a resource's name tells its step and machine", (t) => {
  t.deepEqual(stepOf("k8s-worker2-join"), { lane: "k8s-worker2", step: "join" });
  t.deepEqual(stepOf("machines-k8s-master"), { lane: "k8s-master", step: "boot" });
  t.deepEqual(stepOf("machines-k8s-master-host-key"), { lane: "k8s-master", step: "keys" });
  t.deepEqual(stepOf("pod-to-pod-multi-node/mypod1"), { lane: "host", step: "pods Ready" });
  t.deepEqual(stepOf("scenarios-reachability-observe-k8s-worker1")?.step, "observe");
  t.is(stepOf("cluster"), undefined);
});

const spans: readonly Span[] = [
  { lane: "a", step: "boot", from: 0, to: 2 },
  { lane: "b", step: "boot", from: 1, to: 4 },
  { lane: "a", step: "init", from: 2, to: 9 },
  { lane: "b", step: "join", from: 9, to: 12 },
];

test("a step's row has its first start, its last end, and the time in which some machine was at it", (t) => {
  t.deepEqual(rowsOf(spans)[0], { step: "boot", from: 0, to: 4, busy: 4 });
});

test("the critical path goes back over what ended just before", (t) => {
  t.deepEqual(
    criticalPath(spans).map(({ lane, step }) => `${lane} ${step}`),
    ["a boot", "a init", "b join"],
  );
});

test("table and picture name every step that was seen", (t) => {
  const table = phaseTable({ script: spans, up: [] });
  t.regex(table, /\| join \| 9\.0 to 12\.0 \| {2}\|/);
  t.notRegex(table, /DNS/);
  t.regex(phaseSvg({ script: spans }), /<title>init 2\.0 to 9\.0 s<\/title>/);
});
