// Every page of the course but load-balancer on machines that were there already: proved, and taken away. They are containers: it does not prove that a
// kernel of their own unloads the modules; nor what a destroy leaves (tests/live/hosts.test.ts, without these pages).
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import test from "ava";
import { contract } from "../live/contract.ts";
import { configure, root, setLessons } from "../live/lab.ts";
import { invite, snapshot, type Stranger } from "../live/strangers.ts";

const stackName = "live-lessons-hosts";
const strangers = await invite(stackName, "172.28.60.0/24", ["root", "ops"], "trixie");
const [first] = strangers.machines as [Stranger, Stranger];
const stack = await LocalWorkspace.createOrSelectStack({ stackName, workDir: root });
const config = {
  platform: "hosts",
  podCidr: "10.232.0.0/16",
  sshKnownHosts: strangers.knownHosts,
  sshPrivateKeyFile: first.privateKeyFile,
  artifacts: "source",
};
const progress = {
  onOutput: (text: string) => process.stderr.write(text),
  suppressOutputs: true,
  color: "never",
} as const;

/** What a lab may leave on each of the machines. */
function snapshots(): Record<string, Record<string, string[]>> {
  return Object.fromEntries(strangers.machines.map((stranger) => [stranger.hostname, snapshot(strangers, stranger)]));
}
/** Has the next update teach these, and looks whether every claim holds. @returns how many claims each page has */
async function teach(lessons: readonly string[], proxyMode: "iptables" | "nftables"): Promise<Record<string, number>> {
  await configure(stack, { ...config, proxyMode });
  for (const [index, { address, user, privateKeyFile }] of strangers.machines.entries()) {
    const [name, role] = index === 0 ? ["k8s-master", "control-plane"] : [`k8s-worker${index}`, "worker"];
    for (const [key, value] of Object.entries({ name, role, address, user, privateKeyFile }))
      await stack.setConfig(`pod-networking-lab:hosts[${index}].${key}`, { value }, true);
  }
  await setLessons(stack, lessons);
  await stack.up(progress);
  const outputs = await stack.outputs();
  const { scenarios } = contract.parse(
    Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value])),
  );
  return Object.fromEntries(Object.entries(scenarios).map(([page, one]) => [page, one?.claims.length ?? 0]));
}
/** How many lines a command prints on each host. */
const onEach = (command: string): readonly number[] =>
  strangers.machines.map((stranger) => Number(strangers.inside(stranger, `${command} | wc -l`)));
const images = "ctr --namespace=k8s.io images list --quiet | grep -E 'kube-router|redis'";
const rules = "iptables-save | grep -E 'KUBE-(ROUTER|POD-FW|NWPLCY)'";
/** Chains and rules of kube-proxy in its mode iptables. */
const proxied = "iptables-save | grep -E 'KUBE-(SVC|SEP|SERVICES|EXTERNAL-SERVICES|FORWARD|NODEPORTS|PROXY-FIREWALL)'";

test.after.always(async () => {
  try {
    await stack.destroy(progress);
    await stack.workspace.removeStack(stackName);
  } finally {
    strangers.remove();
  }
});

test.serial("the pages hold on hosts of two Debians, from nothing", async (t) => {
  const all = ["pod-network", "service", "cluster-dns", "service-auto", "network-policy"];
  const claims = await teach(all, "iptables");
  t.is(claims["service-auto"], 5);
  for (const page of ["service", "cluster-dns", "network-policy"]) t.true((claims[page] ?? 0) > 10, page);
  t.true(onEach(rules).every((lines) => lines > 0));
  for (const stranger of strangers.machines)
    t.true(
      snapshot(strangers, stranger)["sets"]!.some((name) => name.startsWith("KUBE-SRC-")),
      stranger.hostname,
    );
});

test.serial(
  "taken away, a page leaves no image, no rule and no set of addresses, kube-proxy in another mode at once",
  async (t) => {
    // The enforcer writes filters as a whole, and must not undo what kube-proxy does to them at the same moment.
    await teach(["pod-network", "service"], "nftables");
    t.deepEqual(onEach(images), [0, 0]);
    t.deepEqual(onEach(rules), [0, 0]);
    t.deepEqual(onEach(proxied), [0, 0]);
    for (const { sets } of Object.values(snapshots())) t.deepEqual(sets, []);
  },
);
