// Proves that a whole lab of two virtual machines is gone back to by ./lab rewind, memory and all, goes on after ./lab pause, and gets new certificates by ./lab
// renew when the old ones have expired and both are down. An hour where processors are emulated: `npx ava tests/vm/life.test.ts` alone, as root. What a checkpoint
// of one machine holds is tests/vm/machine.test.ts's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { stackFolder } from "../../platforms/vm/state.ts";
import { Checkout } from "../life/checkout.ts";
import { letExpire } from "../life/expire.ts";
import { noted } from "../life/results.ts";

const stack = "lifevm";
const checkout = new Checkout("life-vm");
const nodes = ["k8s-master", "k8s-worker1"] as const;
const [master, worker] = nodes;
const lab = async (...words: readonly string[]): Promise<number | null> => await checkout.lab(stack, ...words);
const inside = (node: string, command: string): string => checkout.ask(stack, "ssh", node, command).trim();
const kubectl = "kubectl --kubeconfig=/etc/kubernetes/admin.conf";
const boots = (): string[] => nodes.map((node) => inside(node, "cat /proc/sys/kernel/random/boot_id"));
const pods = (): string =>
  inside(
    master,
    `${kubectl} get pods -A -o json | jq -r '.items[] | "\\(.metadata.namespace)/\\(.metadata.name) \\(.metadata.uid)"' | grep -v ^kube-system`,
  );

test.before(async (t) => {
  t.timeout(60 * 60_000);
  checkout.fill();
  checkout.configure(stack, { platform: "vm", workers: 1, machineCidr: "172.28.64.0/24", portBase: 21700 });
  // What a run that was killed has left, its state tells of.
  await lab("destroy", "--remove");
  t.is(await lab("up"), 0, checkout.lastWords(stack));
});
test.after.always(async () => {
  await lab("destroy", "--remove");
});

test.serial(
  "a checkpoint of both is gone back to in the same boot, with the same pods, and every claim holds",
  async (t) => {
    t.timeout(60 * 60_000);
    const before = { boots: boots(), pods: pods() };
    t.is(await lab("checkpoint", "begin"), 0, checkout.lastWords(stack));
    for (const node of nodes) {
      const [asked, told] = [Date.now() / 1000, Number(inside(node, "date +%s"))];
      t.true(told > asked - 3 && told < Date.now() / 1000 + 3, `the clock of ${node} is right`);
    }
    inside(worker, "ip link delete flannel.1; rm /opt/cni/bin/bridge");
    inside(master, `${kubectl} --namespace pod-to-pod-multi-node delete pod mypod2 --grace-period=1 --wait=false`);
    await noted(
      {
        kind: "other",
        by: "`./lab rewind`",
        what: "two VMs have lost a pod, a program and flannel's device since their checkpoint",
      },
      async () => {
        t.is(await lab("rewind", "begin"), 0, checkout.lastWords(stack));
      },
    );
    t.deepEqual({ boots: boots(), pods: pods() }, before);
  },
);

test.serial("both stand still for a minute and go on, and their clocks are right", async (t) => {
  t.timeout(30 * 60_000);
  const before = boots();
  t.is(await lab("pause"), 0, checkout.lastWords(stack));
  await pause(60_000);
  await noted({ kind: "other", by: "`./lab resume`", what: "two VMs stand still for a minute" }, async () => {
    t.is(await lab("resume"), 0, checkout.lastWords(stack));
  });
  t.deepEqual(boots(), before);
  for (const node of nodes) t.true(Math.abs(Number(inside(node, "date +%s")) - Date.now() / 1000) < 15, node);
});

test.serial("certificates that have expired on machines that are down are new, and no pod was lost", async (t) => {
  t.timeout(60 * 60_000);
  const before = pods();
  letExpire(inside, master, [worker]);
  await pause(35_000);
  t.throws(() => inside(master, "openssl x509 -checkend 0 -noout -in /etc/kubernetes/pki/apiserver.crt"));
  for (const node of nodes)
    process.kill(Number(readFileSync(join(stackFolder(stack), node, "pid"), "utf8")), "SIGKILL");
  const what = "the certificates of two VMs have expired, and both have lost their power";
  await noted({ kind: "other", by: "`./lab renew`", what }, async () => {
    t.is(await lab("renew"), 0, checkout.lastWords(stack));
  });
  t.regex(checkout.said(stack), /has new certificates until \d{4}-\d\d-\d\d/);
  t.is(pods(), before);
  const from = checkout.said(stack).length;
  t.is(await lab("up"), 0, checkout.lastWords(stack));
  t.regex(checkout.said(stack).slice(from), /Resources:\s+\d+ unchanged/);
});
