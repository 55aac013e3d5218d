// Proves that a lab on machines of one's own outlives their reboots, which the next update notices, and that ./lab renew brings back expired certificates
// there. The machines are containers: it does not prove what a real host's boot loses. An unprivileged login is used on the worker.
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { run } from "../live/lab.ts";
import { invite, type Stranger } from "../live/strangers.ts";
import { Checkout } from "./checkout.ts";
import { letExpire } from "./expire.ts";
import { noted } from "./results.ts";
import { untilSettled } from "./settled.ts";

const stack = "lifehosts";
const checkout = new Checkout("life-hosts");
const strangers = await invite(stack, "172.28.84.0/24", ["root", "ops"]);
const [first, second] = strangers.machines as [Stranger, Stranger];
const machines: Readonly<Record<string, Stranger>> = { "k8s-master": first, "k8s-worker1": second };
const inside = (node: string, command: string): string => strangers.inside(machines[node] ?? first, command);
const lab = async (...words: readonly string[]): Promise<number | null> => await checkout.lab(stack, ...words);
const pods = (): string =>
  inside(
    "k8s-master",
    "kubectl --kubeconfig=/etc/kubernetes/admin.conf get pods -A -o json | jq -r '.items[] | \"\\(.metadata.namespace)/\\(.metadata.name) \\(.metadata.uid)\"' | grep -v ^kube-system",
  );

test.before(async (t) => {
  t.timeout(20 * 60_000);
  checkout.sweep();
  checkout.fill();
  const hosts = Object.entries(machines).map(([name, { address, user, privateKeyFile }], index) => ({
    name,
    role: index === 0 ? "control-plane" : "worker",
    address,
    user,
    privateKeyFile,
  }));
  checkout.configure(stack, {
    platform: "hosts",
    podCidr: "10.174.0.0/16",
    sshKnownHosts: strangers.knownHosts,
    sshPrivateKeyFile: first.privateKeyFile,
    hosts: JSON.stringify(hosts),
  });
  t.is(await lab("up"), 0, checkout.lastWords(stack));
});
test.after.always(async () => {
  try {
    await lab("destroy", "--remove");
  } finally {
    strangers.remove();
  }
});

test.serial("hosts that were rebooted are noticed by the next update, which runs every check again", async (t) => {
  t.timeout(15 * 60_000);
  const before = pods();
  const what = "hosts of one's own are rebooted";
  await noted({ kind: "other", by: "`./lab up`", what }, async () => {
    for (const { hostname } of [second, first]) run("docker", "restart", `podnet-${stack}-${hostname}`);
    await untilSettled(inside, 2, Date.now());
    const from = checkout.said(stack).length;
    t.is(await lab("up"), 0, checkout.lastWords(stack));
    t.regex(checkout.said(stack).slice(from), /Booted since the claims were checked: k8s-master, k8s-worker1\./);
  });
  t.is(pods(), before);
  const from = checkout.said(stack).length;
  t.is(await lab("up"), 0, checkout.lastWords(stack));
  t.regex(checkout.said(stack).slice(from), /Resources:\s+\d+ unchanged/);
});

test.serial(
  "expired certificates of hosts are renewed, by a login that is not root's too, and no pod is lost",
  async (t) => {
    t.timeout(15 * 60_000);
    const before = pods();
    letExpire(inside, "k8s-master", ["k8s-worker1"]);
    await pause(35_000);
    // An API server that comes late to its own start does not answer at all: etcd's certificate has ended too.
    t.throws(
      () => inside("k8s-master", "kubectl --request-timeout=5s --kubeconfig=/etc/kubernetes/admin.conf get nodes"),
      { message: /certificate has expired|was refused/ },
    );
    t.throws(() => inside("k8s-master", "openssl x509 -checkend 0 -noout -in /etc/kubernetes/pki/apiserver.crt"));
    await noted(
      { kind: "other", by: "`./lab renew`", what: "the certificates of hosts of one's own have expired" },
      async () => {
        t.is(await lab("renew"), 0, checkout.lastWords(stack));
      },
    );
    t.regex(checkout.said(stack), /has new certificates until \d{4}-\d\d-\d\d/);
    t.is(await lab("verify"), 0, checkout.lastWords(stack));
    t.is(pods(), before);
  },
);
