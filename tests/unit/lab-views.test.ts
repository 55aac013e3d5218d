// Proves what people see for given facts, and how ava's report is counted; not that the facts are gathered rightly.
import test from "ava";
import { stripVTControlCharacters } from "node:util";
import { judge } from "../../cli/doctor/checks.ts";
import type { Facts } from "../../cli/doctor/facts.ts";
import { GiB, good } from "./doctor-facts.ts";
import { judgeFiles } from "../../cli/doctor/kernel.ts";
import { elapsed } from "../../bundle/estimate.ts";
import { overlap } from "../../evidence/cidr.ts";
import { parseRoutes } from "../../platforms/routes.ts";
import { render } from "../../cli/verbs/doctor.ts";
import { parseResults } from "../../cli/stack/results.ts";
import { columns, wrap } from "../../cli/view/say.ts";
import { renderResults, renderSummary } from "../../cli/view/summary.ts";
import { recap, type Result, slowest } from "../../cli/test/recap.ts";
import { readTap } from "../../cli/test/tap.ts";

const plain = (lines: readonly string[]): string[] => lines.map((line) => stripVTControlCharacters(line));

const finding = (facts: Partial<Facts>, what: string): ReturnType<typeof judge>[number] | undefined =>
  judge({ ...good, ...facts }).find((candidate) => candidate.what === what);

test("for machines of the user's own nothing is asked of this one but room and tools", (t) => {
  const what = judge({ ...good, platform: "hosts", memoryTotal: 2 ** 30, busyPorts: [32210] }).map(
    (found) => found.what,
  );
  t.deepEqual(what, [
    "config",
    "line ends",
    "cache",
    "disk",
    "curl",
    "OpenSSH",
    "Node.js",
    "npm",
    "npm packages",
    "state",
    "passphrase",
    "Pulumi",
    "bundle",
    "lab",
  ]);
});

test("on a machine that has everything every finding is ok", (t) => {
  t.deepEqual(
    judge(good).filter(({ verdict }) => verdict !== "ok"),
    [],
  );
});

test("what root's ./lab can mend is not the user's to do", (t) => {
  t.is(finding({ engine: { state: "none" } }, "container engine")?.verdict, "lab");
  t.is(finding({ engine: { state: "silent" } }, "container engine")?.verdict, "lab");
  t.is(finding({ inotify: { watches: 8192, instances: 128 } }, "inotify limits")?.verdict, "lab");
  t.is(finding({ bundleSeconds: 900 }, "bundle")?.verdict, "lab");
  t.regex(finding({ bundleSeconds: 120, bundleWay: "release" }, "bundle")?.found ?? "", /not downloaded yet/);
  t.regex(
    finding({ bundleSeconds: 900, bundleWay: undefined }, "bundle")?.remedy ?? "",
    /asks whether .* else it builds from source, about 15 min/,
  );
});

test("the same is the user's to do where ./lab may not", (t) => {
  const user = { root: false, canInstall: false };
  t.is(finding({ ...user, engine: { state: "none" } }, "container engine")?.verdict, "you");
  t.is(finding({ ...user, engine: { state: "silent" } }, "container engine")?.verdict, "you");
  t.true(
    finding(
      { ...user, image: undefined, inotify: { watches: 8192, instances: 128 } },
      "inotify limits",
    )?.remedy?.startsWith("sudo sysctl"),
  );
});

test("an engine that cannot be used says why, and where docker keeps its data is measured", (t) => {
  const why = "DOCKER_HOST ssh://box is on another machine; unset DOCKER_HOST";
  t.like(finding({ engine: { state: "unusable", why } }, "container engine"), { verdict: "you", remedy: why });
  const data = (free: number): Facts["engine"] => ({
    state: "answers",
    version: "27",
    rootless: false,
    data: { folder: "/var/lib/docker", free },
  });
  t.is(finding({ engine: data(3 * GiB) }, "docker's data")?.verdict, "ok");
  t.like(finding({ engine: data(3 * GiB), image: undefined }, "docker's data"), {
    verdict: "you",
    found: "3.0 GiB free in /var/lib/docker",
    remedy: "free 3.0 GiB, or give docker another data-root",
  });
});

test("the kernel's limits are raised through docker for a user who is not root, where there is an image to do it with", (t) => {
  const inotify = { watches: 8192, instances: 128 };
  t.is(finding({ root: false, inotify }, "inotify limits")?.verdict, "lab");
  t.is(finding({ root: false, inotify, image: undefined }, "inotify limits")?.verdict, "note");
});

test("whatever is not ok names a remedy", (t) => {
  const bad: Partial<Facts> = {
    diskFree: GiB,
    memoryTotal: 2 * GiB,
    cores: 1,
    engine: { state: "answers", version: "27", rootless: true },
    kernel: { vxlan: "missing", bridge: "unknown", br_netfilter: "missing", overlay: "missing" },
    cgroup: "none",
    routes: [{ destination: "172.28.0.0/16", device: "eth0" }],
    busyPorts: [32210],
    pulumiSeconds: 630,
    image: undefined,
    stack: { name: "dev", resources: 3, pending: 1 },
  };
  for (const { what, verdict, remedy } of judge({ ...good, ...bad })) t.true(verdict === "ok" || Boolean(remedy), what);
});

test("a range of the machines that this host routes elsewhere is refused, with another one to set", (t) => {
  const clash = finding({ routes: [{ destination: "172.16.0.0/12", device: "vpn0" }] }, "machineCidr");
  t.is(clash?.verdict, "you");
  t.is(clash?.found, "172.28.56.0/24 overlaps this host's route to 172.16.0.0/12 (vpn0)");
  t.is(clash?.remedy, "./lab pulumi config set machineCidr 172.28.57.0/24");
});

test("ranges overlap when one holds the other, and a lone address is a range", (t) => {
  t.true(overlap("10.244.0.0/16", "10.0.0.0/8"));
  t.true(overlap("10.244.0.0/16", "10.244.3.7"));
  t.false(overlap("10.244.0.0/16", "10.245.0.0/16"));
});

test("the default route overlaps nothing, and a route that only refuses is a route", (t) => {
  const text = [
    "default via 192.168.1.1 dev eth0",
    "192.168.1.0/24 dev eth0 proto kernel scope link",
    "throw 10.9.0.0/16",
    "unreachable 10.8.0.1 metric 5",
    "10.7.0.0/16 via 192.168.1.7 dev wg0",
    "",
  ].join("\n");
  t.deepEqual(parseRoutes(text), [
    { destination: "192.168.1.0/24", device: "eth0" },
    { destination: "10.9.0.0/16", device: "" },
    { destination: "10.8.0.1", device: "" },
    { destination: "10.7.0.0/16", device: "wg0" },
  ]);
});

test("a kernel feature is found in its config, among the built-in modules and among the loadable ones", (t) => {
  t.is(judgeFiles("vxlan", "CONFIG_VXLAN=y\n", "", ""), "built in");
  t.is(judgeFiles("bridge", "", "kernel/net/bridge/bridge.ko\n", ""), "built in");
  t.is(
    judgeFiles("br_netfilter", "CONFIG_BRIDGE_NETFILTER=m\n", "", "kernel/net/bridge/br_netfilter.ko.xz: \n"),
    "loadable",
  );
  t.is(judgeFiles("overlay", "# CONFIG_OVERLAY_FS is not set\n", "", ""), "missing");
  t.is(judgeFiles("overlay", "", "", ""), "unknown");
});

test("doctor keeps to 80 columns and ends with what follows", (t) => {
  const lines = plain(render(judge({ ...good, pulumiSeconds: 630, image: undefined })));
  t.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  t.is(lines.at(-1), "Nothing stands in the way: ./lab up does what is to do.");
});

const packages = { "bridge-utils": "1.7.1-1", "net-tools": "2.10-0.1" };
const claim = {
  id: "container-to-container/same-network-namespace",
  claim: "The two containers of a pod share one network namespace",
  node: "k8s-worker1",
  command: "readlink /proc/1/ns/net",
  output: "net:[4026532000]\n",
  expected: "the same inode",
  observed: "4026532000 twice",
  ok: true,
};
const results = parseResults({
  nodes: [
    { name: "k8s-master", role: "control-plane", address: "172.28.56.10", ssh: "ssh://root@127.0.0.1:32210", packages },
    { name: "k8s-worker1", role: "worker", address: "172.28.56.11", ssh: "ssh://root@127.0.0.1:32211", packages },
  ],
  podIPs: { "container-to-container": { "my-pod": "10.244.1.2" } },
  scenarios: {
    "container-to-container": { pods: [], claims: [claim, { ...claim, ok: false, observed: "two of them" }] },
  },
  verification: { passed: 1, failed: 1, at: "2026-11-24T17:00:00Z" },
  kubeconfig: "[secret]",
  access: "[secret]",
});

test("the summary names nodes, pods and every claim with its verdict, within 80 columns", (t) => {
  const lines = plain(renderResults(results));
  t.deepEqual(lines, [
    "Nodes",
    "  k8s-master   control-plane  172.28.56.10  root@127.0.0.1:32210",
    "  k8s-worker1  worker         172.28.56.11  root@127.0.0.1:32211",
    "  on each: bridge-utils 1.7.1-1, net-tools 2.10-0.1",
    "",
    "Pods",
    "  container-to-container  my-pod  10.244.1.2",
    "",
    "Claims",
    "  container-to-container",
    "    ✓ The two containers of a pod share one network namespace",
    "    ✗ The two containers of a pod share one network namespace",
    "      expected the same inode; observed two of them",
    "  1 hold, 1 do not, checked 2026-11-24T17:00:00Z",
    "",
  ]);
  t.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
});

test("an up ends with one line a scenario", (t) => {
  t.deepEqual(plain(renderSummary(results)).slice(-4), [
    "Claims",
    "  ✗ container-to-container  1 of 2 hold",
    "  checked on the nodes, 2026-11-24T17:00:00Z",
    "",
  ]);
});

test("a lab that was never up has nothing to show", (t) => {
  t.deepEqual(renderResults(parseResults({})), []);
});

test("lines break at spaces, and a word is never broken", (t) => {
  t.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  t.deepEqual(wrap("extraordinary", 5), ["extraordinary"]);
});

test("columns are as wide as their widest cell", (t) => {
  t.deepEqual(
    columns([
      ["a", "1"],
      ["long", "22"],
    ]),
    ["a     1", "long  22"],
  );
});

test("a Chinese name takes two places a character, a painted one none for its colour", (t) => {
  t.deepEqual(
    columns([
      ["节点一", "1"],
      ["node-12", "22"],
      ["\u001b[32mok\u001b[39m", "3"],
    ]),
    ["节点一   1", "node-12  22", "\u001b[32mok\u001b[39m       3"],
  );
  t.deepEqual(wrap("两个 容器 共享", 9), ["两个 容器", "共享"]);
});

test("durations are said as people say them", (t) => {
  t.deepEqual([900, 9_990, 42_000, 59_600, 65_000, 1_320_000].map(elapsed), [
    "0.9 s",
    "10 s",
    "42 s",
    "1 min 00 s",
    "1 min 05 s",
    "22 min 00 s",
  ]);
});

const report = `TAP version 13
ok 1 - a › one fact holds
#   logged
# a › afterEach.always hook for one fact holds
ok 2 - a › skipped # SKIP
not ok 3 - a › later # TODO
not ok 4 - a › another does not
  ---
    name: AssertionError
    message: ''
  ...
not ok 5 - tests/b.test.ts exited with a non-zero exit code: 1

1..4
# tests 3
# pass 1
# skip 1
# fail 2
`;

test("ava's report is counted: a crash is a failure, what is skipped is nothing", (t) => {
  const lines: string[] = [];
  const reader = readTap((line) => lines.push(line));
  reader.write(report.slice(0, 100));
  reader.write(report.slice(100));
  const { passed, failures } = reader.end(1);
  t.is(passed, 1);
  t.deepEqual(
    failures.map(({ name }) => name),
    ["a › another does not", "tests/b.test.ts exited with a non-zero exit code: 1"],
  );
  t.true(plain(lines).includes("  ✓ a › one fact holds"));
  t.true(plain(lines).includes("    #   logged"));
  t.false(plain(lines).some((line) => line.includes("hook")));
  t.true(plain(lines).includes("      name: AssertionError"));
});

test("a tier that fails without a failed test has failed all the same", (t) => {
  const ended = (text: string, code: number): Result => {
    const reader = readTap(() => undefined);
    reader.write(text);
    return reader.end(code);
  };
  const fine = "TAP version 13\nok 1 - a\n1..1\n";
  t.deepEqual(ended(fine, 0), { passed: 1, failures: [], slow: [] });
  t.is(ended(fine, 1).failures.length, 1);
  t.is(ended(report, 1).failures.length, 2);
});

test("a test is told when it ends, with the time that it took where that is long", (t) => {
  const lines: string[] = [];
  let now = 0;
  const reader = readTap((line) => lines.push(line), { inTurn: true, now: () => now });
  const at = (seconds: number, text: string): readonly string[] => {
    now = seconds * 1000;
    lines.length = 0;
    reader.write(text);
    return plain(lines);
  };
  at(0, "TAP version 13\n");
  t.deepEqual(at(70, "ok 1 - a › waits for its lab\n"), ["  ✓ a › waits for its lab (1 min 10 s)"]);
  t.deepEqual(at(71, "ok 2 - a › is quick\n"), ["  ✓ a › is quick"]);
  t.deepEqual(at(74, "not ok 3 - b › fails\n"), [], "why comes next");
  t.deepEqual(at(74, "  ---\n  message: no\n  ...\n"), ["  ✗ b › fails (3.0 s)", "      message: no"]);
  t.deepEqual(at(76.5, "ok 4 - b › comes af"), []);
  t.deepEqual(at(76.5, "terwards\n"), ["  ✓ b › comes afterwards (2.5 s)"]);
  at(77, "1..4\n");
  const { passed, slow } = reader.end(1);
  t.is(passed, 3);
  t.deepEqual(
    slow.map(({ milliseconds }) => milliseconds),
    [70_000, 3000, 2500],
  );
});

test("where files run beside each other, a test's time counts from the one before it in its own file", (t) => {
  let now = 0;
  const reader = readTap(() => undefined, { now: () => now });
  for (const [seconds, file] of [
    [5, "a"],
    [6, "b"],
    [9, "a"],
  ] as const) {
    now = seconds * 1000;
    reader.write(`ok 1 - ${file} › at ${seconds}\n`);
  }
  t.deepEqual(reader.end(0).slow, [{ name: "a › at 9", milliseconds: 4000 }]);
});

test("what was counted until a tier was ended counts, and why it was ended is a failure", (t) => {
  const reader = readTap(() => undefined);
  reader.write("TAP version 13\nok 1 - a\nok 2 - b\n");
  const { passed, failures } = reader.end(1, "it said nothing for 12 min and was ended");
  t.is(passed, 2);
  t.deepEqual(failures, [{ name: "", lines: ["it said nothing for 12 min and was ended"] }]);
});

test("the ten slowest tests are told, the slowest first", (t) => {
  t.is(slowest([]), "");
  const text = slowest(
    Array.from({ length: 12 }, (_, index) => ({ name: `test ${index}`, milliseconds: index * 1000 })),
  );
  const lines = text.trim().split("\n").slice(1);
  t.is(lines.length, 10);
  t.is(lines[0]?.trim(), "11 s  test 11");
  t.is(lines[9]?.trim(), "2.0 s  test 2");
});

test("what failed is named once more at the end, and why, as far as it fits", (t) => {
  t.is(recap([]), "");
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  const text = plain(
    recap([
      { name: "types", lines },
      { name: "unit › a › fact", lines: ["message: no"] },
    ]).split("\n"),
  );
  t.true(text.includes("✗ types"));
  t.true(text.includes("    line 29"));
  t.true(text.includes("    … and 20 more lines above"));
  t.deepEqual(text.slice(-3), ["✗ unit › a › fact", "    message: no", ""]);
});

test("of an update that failed, what Pulumi found stands there again, not its thousand lines of progress", (t) => {
  const steps = Array.from({ length: 1000 }, (_, index) => `+ resource ${index} creating`);
  const lines = [
    "name: AssertionError",
    ...steps,
    "Diagnostics:",
    "  error: apt was interrupted",
    "Resources:",
    "  + 5",
  ];
  const text = plain(recap([{ name: "live › faults › before hook", lines }]).split("\n"));
  t.true(text.includes("    name: AssertionError"));
  t.true(text.includes("      error: apt was interrupted"));
  t.false(text.includes("    Resources:"));
  t.true(text.length < 20);
});
