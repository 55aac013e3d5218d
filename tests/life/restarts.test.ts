// Proves that a lab outlives restarts of its machines in any order and the death of each component, says who brings it back and in what time, and counts
// the pings between pods that were lost meanwhile. It does not prove what happens to machines that are no containers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { run } from "../live/lab.ts";
import { container, lab, lastWords, makeClone, sweepClone } from "./clone.ts";
import { note } from "./results.ts";
import { untilSettled } from "./settled.ts";

const [master, worker1, worker2] = ["k8s-master", "k8s-worker1", "k8s-worker2"] as const;

test.before(async (t) => {
  t.timeout(20 * 60_000);
  sweepClone();
  makeClone();
  t.is(await lab("up"), 0, lastWords());
});
test.after.always(async () => {
  await lab("destroy", "--remove");
});

const inside = (node: string, command: string): string => run("docker", "exec", container(node), "bash", "-c", command);

const restarts: Readonly<Record<string, () => void>> = {
  "all machines are stopped, and started again with the control plane last": () => {
    run("docker", "stop", ...[master, worker1, worker2].map(container));
    run("docker", "start", ...[worker2, worker1, master].map(container));
  },
  "all machines lose their power, and start again with the control plane first": () => {
    run("docker", "kill", ...[master, worker1, worker2].map(container));
    run("docker", "start", ...[master, worker1, worker2].map(container));
  },
  "the workers restart first, then the control plane": () => {
    run("docker", "restart", container(worker2));
    run("docker", "restart", container(worker1));
    run("docker", "restart", container(master));
  },
  // What a restart of the engine does to them: it ends them with itself, and starts them in no order.
  "all three machines restart at the same moment": () =>
    void run(
      "bash",
      "-c",
      `${[worker1, master, worker2].map((node) => `docker restart ${container(node)} & `).join("")}wait`,
    ),
  "the control plane restarts": () => void run("docker", "restart", container(master)),
  "a worker restarts": () => void run("docker", "restart", container(worker1)),
};

for (const [what, act] of Object.entries(restarts))
  test.serial(`${what}: all is Ready again by itself, and every claim holds after an update`, async (t) => {
    t.timeout(15 * 60_000);
    act();
    const seconds = await untilSettled(inside, 3, Date.now());
    // Where other work keeps the machine busy, an answer may come after its two seconds; what is broken is so the second time too.
    const code = (await lab("up")) === 0 ? 0 : await lab("verify");
    const problems = code === 0 ? [] : [`exit code ${code ?? "none"} of the update: ${lastWords()}`];
    note({ kind: "restart", what, seconds, problems });
    t.log(`${seconds} s`);
    t.deepEqual(problems, []);
  });

interface Component {
  readonly node: string;
  /** As the kernel cuts its name. */
  readonly process: string;
  /** What starts another one. */
  readonly by: string;
}
const components: Readonly<Record<string, Component>> = {
  etcd: { node: master, process: "etcd", by: "kubelet" },
  "kube-apiserver": { node: master, process: "kube-apiserver", by: "kubelet" },
  "kube-controller-manager": { node: master, process: "kube-controller", by: "kubelet" },
  "kube-scheduler": { node: master, process: "kube-scheduler", by: "kubelet" },
  kubelet: { node: worker1, process: "kubelet", by: "systemd" },
  containerd: { node: worker1, process: "containerd", by: "systemd" },
  flanneld: { node: worker1, process: "flanneld", by: "kubelet" },
  "kube-proxy": { node: worker1, process: "kube-proxy", by: "kubelet" },
};

/** Pings from a pod of worker1 to one of worker2 until `stop`; counts those that had no answer. */
function pingAcross(t: ExecutionContext): { readonly stop: () => Promise<number> } {
  const address = inside(
    master,
    "kubectl --kubeconfig=/etc/kubernetes/admin.conf get pods -A -o json | jq -r '[.items[] | select(.spec.nodeName == \"k8s-worker2\" and (.spec.hostNetwork | not))][0].status.podIP'",
  ).trim();
  const ping = spawn("docker", [
    ...["exec", container(worker1), "bash", "-c"],
    `exec ip netns exec "$(ls /run/netns | grep ^cni- | head -n 1)" timeout -s INT 400 ping -q -i 0.2 -W 1 ${address}`,
  ]);
  let said = "";
  ping.stdout.on("data", (text: Buffer) => (said += text.toString()));
  return {
    stop: async () => {
      inside(worker1, "pkill --signal INT --exact ping");
      await once(ping, "close");
      t.log(said.split("\n").find((line) => line.includes("transmitted")) ?? said);
      const [, sent = Number.NaN, received = Number.NaN] = (
        /(\d+) packets transmitted, (\d+) received/.exec(said) ?? []
      ).map(Number);
      // The one that was on its way when ping was ended is not lost.
      return Math.max(0, sent - received - 1);
    },
  };
}

for (const [name, { node, process: command, by }] of Object.entries(components)) {
  const pid = (): string => inside(node, `pgrep --exact ${command} | head -n 1`).trim();
  for (const [what, act] of [
    ["is killed", (): void => void inside(node, `pkill --signal KILL --exact ${command}`)],
    [
      "hangs for a minute",
      (): void =>
        void inside(
          node,
          `pkill --signal STOP --exact ${command}; sleep 60; pkill --signal CONT --exact ${command} || true`,
        ),
    ],
  ] as const)
    test.serial(`${name} ${what}: the cluster is well again by itself`, async (t) => {
      t.timeout(10 * 60_000);
      const before = pid();
      const pings = pingAcross(t);
      await pause(1000);
      act();
      const since = Date.now();
      if (what === "is killed") while (pid() === before || pid() === "") await pause(200);
      const problems: string[] = [];
      const seconds = await untilSettled(inside, 3, since).catch((error: unknown) => {
        problems.push(error instanceof Error ? error.message : String(error));
        return 300;
      });
      const lost = await pings.stop();
      const after = pid();
      const broughtBack = after === before ? "it goes on" : by;
      note({ kind: "component", what: `${name} ${what}`, seconds, lost, by: broughtBack, problems });
      t.log(`${seconds} s, ${lost} pings lost, brought back by: ${broughtBack}`);
      t.deepEqual(problems, []);
      t.not(after, "");
    });
}
