// Proves that a lab outlives the end of its container engine, killed and stopped, and that up, verify and destroy converge where it was killed in the middle of them: machines and pods are the same ones afterwards, with the addresses and
// ports that they had, and every claim holds after an update, which starts them where the engine does not. The engine is one of the test's own, since others use the machine's; its kernel is the same.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { root } from "../live/lab.ts";
import { Checkout } from "./checkout.ts";
import { OwnEngine } from "./own-engine.ts";
import { note } from "./results.ts";
import { untilSettled } from "./settled.ts";

const engine = new OwnEngine(join(root, ".lab/test-state/own-engine"));
// In another mount namespace a program begins at the root.
const checkout: Checkout = new Checkout("life-engine", () => [...engine.within(), "env", `--chdir=${checkout.folder}`]);
const stack = "lifeengine";
const [master, worker] = ["k8s-master", "k8s-worker1"] as const;
const lab = async (...words: readonly string[]): Promise<number | null> => await checkout.lab(stack, ...words);
const inside = (node: string, command: string): string =>
  engine.run("docker", "exec", `podnet-${stack}-${node}`, "bash", "-c", command);

test.before(async (t) => {
  t.timeout(25 * 60_000);
  await engine.open();
  await engine.start();
  checkout.sweep();
  checkout.fill();
  checkout.configure(stack, { workers: 1, machineCidr: "172.28.74.0/24", portBase: 27410 });
  t.is(await lab("up"), 0, checkout.lastWords(stack));
});
test.after.always(async () => {
  await engine.close();
  checkout.sweep();
});

/** What would be another one if it had been made anew: containers with ports, addresses and volumes, and pods. */
const identities = (): readonly string[] => [
  engine.run("docker", "ps", "--all", "--no-trunc", "--format={{.Names}} {{.ID}} {{.Ports}}"),
  ...[master, worker].map((node) =>
    engine.run(
      ...["docker", "container", "inspect", `podnet-${stack}-${node}`, "--format"],
      "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}} {{range .Mounts}}{{.Name}}{{end}}",
    ),
  ),
  inside(
    master,
    "kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes,pods -A -o json | jq -r '.items[] | \"\\(.metadata.name) \\(.metadata.uid)\"'",
  ),
];

/** Whether the engine starts the machines again by itself. One that was killed finds them running, ends them, and takes them for stopped by hand. */
async function comeBack(): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) {
    if (engine.run("docker", "ps", "--quiet").trim().split("\n").length === 2) return true;
    await pause(500);
  }
  return false;
}

async function outlives(t: ExecutionContext, what: string, signal: "KILL" | "TERM"): Promise<void> {
  const before = identities();
  await engine.end(signal);
  const since = Date.now();
  await engine.start();
  const byItself = await comeBack();
  const settled = byItself ? await untilSettled(inside, 2, since) : undefined;
  // Where other work keeps the machine busy, an answer may come after its two seconds; what is broken is so the second time too.
  const code = (await lab("up")) === 0 ? 0 : await lab("verify");
  const seconds = settled ?? Math.round((Date.now() - since) / 100) / 10;
  const problems = code === 0 ? [] : [`exit code ${code ?? "none"} of the update: ${checkout.lastWords(stack)}`];
  note({ kind: "restart", what, seconds, by: byItself ? "dockerd, systemd, kubelet" : "`./lab up`", problems });
  t.log(`${seconds} s`);
  t.deepEqual(problems, []);
  t.deepEqual(identities(), before);
}

test.serial("an engine that is killed and starts again leaves the lab as it was", async (t) => {
  t.timeout(15 * 60_000);
  await outlives(t, "the container engine is killed, and started again", "KILL");
});

test.serial("an engine that is stopped and starts again leaves the lab as it was", async (t) => {
  t.timeout(15 * 60_000);
  await outlives(t, "the container engine is stopped, and started again", "TERM");
});

const verbs = ["verify", "destroy", "up"] as const;
/** Parts of each verb's usual time, percent. */
const parts = (process.env["PODNET_LIFE_AT"] ?? "25 60").split(" ").map(Number);

async function timed(t: ExecutionContext, verb: (typeof verbs)[number]): Promise<number> {
  const begun = Date.now();
  t.is(await lab(verb), 0, checkout.lastWords(stack));
  return Date.now() - begun;
}

/** How many control planes kubeadm has made on the machine. */
const countMade = (): number =>
  Number(
    engine.run(
      ...["docker", "exec", `podnet-${stack}-${master}`],
      ...["grep", "--count", "control-plane has initialized successfully", "/var/log/podnet-init.log"],
    ),
  );

/** What is not as it should be after the verb has ended. */
function wrong(verb: (typeof verbs)[number]): string[] {
  const held = ["ps --all", "volume ls"].map((list) =>
    engine
      .run("docker", ...list.split(" "), "--quiet")
      .split("\n")
      .filter(Boolean),
  );
  const expected = verb === "destroy" ? 0 : 2;
  const checks: readonly (readonly [boolean, string])[] = [
    [held.every(({ length }) => length === expected), `the engine holds ${JSON.stringify(held)}`],
    // One that ended with its machine is begun again.
    [verb === "destroy" || countMade() === 1, "kubeadm init came to its end not once"],
    [checkout.left().length === 0, `there is still ${checkout.left().join(", ")}`],
  ];
  return checks.filter(([holds]) => !holds).map(([, text]) => `${stack}: ${text}`);
}

test.serial("an engine that is killed in the middle of a verb and starts again: the same verb converges", async (t) => {
  t.timeout(30 * 60_000);
  const usual = { verify: await timed(t, "verify"), destroy: await timed(t, "destroy"), up: await timed(t, "up") };
  for (const at of parts)
    for (const verb of verbs) {
      const running = checkout.start(stack, verb);
      await pause((usual[verb] * at) / 100);
      await engine.end("KILL");
      const code = await running.ended;
      await engine.start();
      const begun = Date.now();
      const again = await lab(verb);
      const seconds = Math.round((Date.now() - begun) / 100) / 10;
      const problems = [
        ...(again === 0 ? [] : [`exit code ${again ?? "none"}: ${checkout.lastWords(stack)}`]),
        ...wrong(verb),
      ];
      note({ kind: verb, what: "the container engine", at, seconds, problems });
      t.log(`${verb} at ${at} %: exit code ${code ?? "none"}; the same again took ${seconds} s`);
      t.deepEqual(problems, []);
    }
});

test.serial("what the lab made is gone once it is destroyed", async (t) => {
  t.timeout(10 * 60_000);
  t.is(await lab("destroy"), 0, checkout.lastWords(stack));
  t.is(engine.run("docker", "ps", "--all", "--quiet"), "");
  t.is(engine.run("docker", "volume", "ls", "--quiet"), "");
});
