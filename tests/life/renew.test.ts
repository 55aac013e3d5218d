// Proves that ./lab renew brings back a lab whose certificates have expired, its machines down as after a year they would be, that the next update has nothing
// to do, and that no pod was lost. The certificates are kubeadm's own, made for seconds; the clock is the real one. Their year itself is not waited for.
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { run } from "../live/lab.ts";
import { Checkout } from "./checkout.ts";
import { letExpire } from "./expire.ts";
import { noted } from "./results.ts";

const checkout = new Checkout("life-renew");
const stack = "lifeold";
const [master, worker] = ["k8s-master", "k8s-worker1"] as const;
const inside = (node: string, command: string): string =>
  run("docker", "exec", `podnet-${stack}-${node}`, "bash", "-c", command);
const lab = async (...words: readonly string[]): Promise<number | null> => await checkout.lab(stack, ...words);

test.before(async (t) => {
  t.timeout(20 * 60_000);
  checkout.sweep();
  checkout.fill();
  checkout.configure(stack, { workers: 1, machineCidr: "172.28.75.0/24", portBase: 27510 });
  t.is(await lab("up"), 0, checkout.lastWords(stack));
});
test.after.always(async () => {
  await lab("destroy", "--remove");
});

const pods = (): string =>
  inside(
    master,
    "kubectl --kubeconfig=/etc/kubernetes/admin.conf get pods -A -o json | jq -r '.items[] | \"\\(.metadata.namespace)/\\(.metadata.name) \\(.metadata.uid)\"' | grep -v ^kube-system",
  );

test.serial("a lab of certificates that have expired, and of machines that are down, is brought back", async (t) => {
  t.timeout(20 * 60_000);
  const before = pods();
  letExpire(inside, master, [worker]);
  await pause(35_000);
  t.throws(() => inside(master, "kubectl --request-timeout=5s --kubeconfig=/etc/kubernetes/admin.conf get nodes"), {
    message: /certificate has expired/,
  });
  run("docker", "stop", ...[master, worker].map((node) => `podnet-${stack}-${node}`));
  const what = "the certificates have expired, and all machines are down";
  await noted({ kind: "other", by: "`./lab renew`", what }, async () => {
    t.is(await lab("renew"), 0, checkout.lastWords(stack));
  });
  t.regex(checkout.said(stack), /has new certificates until \d{4}-\d\d-\d\d/);
  t.is(await lab("verify"), 0, checkout.lastWords(stack));
  t.is(pods(), before);
});

test.serial("the kubeconfig in the outputs is the new one, and the next update has nothing to do", async (t) => {
  t.timeout(10 * 60_000);
  const wait = "--request-timeout=10s";
  t.is(await lab("kubectl", "get", "nodes", wait), 0, checkout.lastWords(stack));
  const from = checkout.said(stack).length;
  t.is(await lab("up"), 0, checkout.lastWords(stack));
  t.regex(checkout.said(stack).slice(from), /Resources:\s+\d+ unchanged/);
});

test.serial("a node cannot have a certificate of another name: the control plane says whose it is", (t) => {
  const subject = inside(worker, "openssl x509 -noout -subject -in /var/lib/kubelet/pki/kubelet-client-current.pem");
  t.regex(subject, /O ?= ?system:nodes, ?CN ?= ?system:node:k8s-worker1/);
});
