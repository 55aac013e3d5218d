// Proves that hours of pods that come and go, a worker that goes and comes back, and checks every few minutes leave a lab as it was: nothing grows that nobody
// empties. PODNET_SOAK_MINUTES says for how long (15, where it does not). With PODNET_SOAK_KEEP=yes the lab stays, and the next run goes on with it: what was
// counted before the first is compared with what is counted after the last, and minutes add up; without it the lab goes. It does not prove that days would leave it so.
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { imageRefs } from "../../bundle/versions.ts";
import { run } from "../live/lab.ts";
import { Checkout, heldOf } from "./checkout.ts";
import { growth, headOf, lineOf, memoryOf } from "./memory.ts";

const minutes = Number(process.env["PODNET_SOAK_MINUTES"] ?? 15);
const keep = process.env["PODNET_SOAK_KEEP"] === "yes";
const checkout = new Checkout("life-soak");
const stack = "lifesoak";
const nodes = ["k8s-master", "k8s-worker1"] as const;
const [master, worker] = nodes;
const lab = async (...words: readonly string[]): Promise<number | null> => await checkout.lab(stack, ...words);
const inside = (node: string, command: string): string =>
  run("docker", "exec", `podnet-${stack}-${node}`, "bash", "-c", command).trim();
const kubectl = (words: string): string => inside(master, `kubectl --kubeconfig=/etc/kubernetes/admin.conf ${words}`);

/** What must not grow. Memory is what programs hold: files that the kernel keeps at hand are not counted. */
const perNode = {
  "memory, MB": "awk '/^Pss_Anon:/ { sum += $2 } END { print int(sum / 1024) }' /proc/[0-9]*/smaps_rollup 2>/dev/null",
  "disk, MB": "du --summarize --block-size=1M --one-file-system /var --exclude=/var/log | cut -f 1",
  "logs, MB": "du --summarize --block-size=1M /var/log | cut -f 1",
  processes: "ls -d /proc/[0-9]* | wc -l",
  threads: "ls -d /proc/[0-9]*/task/* | wc -l",
  "firewall rules": "iptables-save | grep -c ^-A",
  interfaces: "ls /sys/class/net | wc -l",
  "network namespaces": "ls /run/netns | wc -l",
  containers: "crictl ps --quiet | wc -l",
  "containers that ended": "crictl ps --all --quiet --state Exited | wc -l",
  sandboxes: "crictl pods --quiet | wc -l",
  "addresses taken": "ls /var/lib/cni/networks/cbr0 | grep -c '^10[.]'",
  "open files": "ls /proc/[0-9]*/fd 2>/dev/null | wc -l",
} as const;

type Counts = Readonly<Record<string, number>>;

function count(): Counts {
  const found: Record<string, number> = {
    "things in the engine": heldOf(stack).length,
    "state, kB": Math.round(sizeOf(join(checkout.folder, ".lab/state")) / 1024),
    "temporary files": readdirSync(checkout.temporary).length,
  };
  for (const node of nodes)
    for (const [what, command] of Object.entries(perNode))
      found[`${node}: ${what}`] = Number(inside(node, `${command} || true`));
  return found;
}

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

/** One run of several with the same lab. */
interface Piece {
  readonly minutes: number;
  readonly gone: number;
  readonly checks: number;
  readonly late: number;
  readonly restarts: number;
  readonly before: Counts;
}

/** A line each; a lab that is made anew has none. */
const notes = join(checkout.folder, "pieces.log");
const earlier = (): readonly Piece[] =>
  existsSync(notes)
    ? readFileSync(notes, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Piece)
    : [];
const sumOf = (pieces: readonly Piece[], what: Exclude<keyof Piece, "before">): number =>
  pieces.reduce((sum, piece) => sum + piece[what], 0);

/** How much more than before is no growth: of what is counted by chance, what one look or one check leaves for a while. */
function allowed(what: string, counted: Counts, minutes: number): number {
  const before = counted[what] ?? 0;
  const [node = "", kind = what] = what.split(": ");
  switch (kind) {
    case "memory, MB":
      return Math.max(60, before * 0.25);
    case "disk, MB":
    case "logs, MB":
      return 20 + minutes / 2;
    // The backend keeps a history of each update, and the last states.
    case "state, kB":
      return 60_000 + 2000 * minutes;
    case "processes":
      return 6;
    // Of each container that runs, and of its sandbox, the kubelet keeps the one before, which a restart of the machine ended.
    case "containers that ended":
    case "sandboxes":
      return counted[`${node}: containers`] ?? 0;
    case "threads":
    case "open files":
      return Math.max(150, before * 0.25);
    default:
      return 0;
  }
}

test.before(async (t) => {
  t.timeout(20 * 60_000);
  if (!keep || earlier().length === 0) checkout.sweep();
  checkout.fill();
  checkout.configure(stack, { workers: 1, machineCidr: "172.28.79.0/24", portBase: 27910 });
  t.is(await lab("up"), 0, checkout.lastWords(stack));
});
test.after.always(async () => {
  if (!keep) await lab("destroy", "--remove");
});

/** Of the image that is on every node; on the control plane too. */
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "churn" },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: "churn" } },
    template: {
      metadata: { labels: { app: "churn" } },
      spec: {
        tolerations: [{ operator: "Exists" }],
        terminationGracePeriodSeconds: 1,
        containers: [
          { name: "idle", image: imageRefs["net-box"], imagePullPolicy: "IfNotPresent", command: ["sleep", "86400"] },
        ],
      },
    },
  },
};

/** How the control plane's memory went, a line each time: whether it levels off is to be read from it, by program. */
const curve = join(checkout.folder, "memory.log");
const begun = Date.now() - sumOf(keep ? earlier() : [], "minutes") * 60_000;
function look(): void {
  const memory = memoryOf(inside, master);
  if (!existsSync(curve)) appendFileSync(curve, `${headOf(memory)}\n`);
  appendFileSync(curve, `${lineOf((Date.now() - begun) / 60_000, memory)}\n`);
}

/** Six pods on both nodes, of which one goes each second or so, and another takes its place. */
async function churn(until: number): Promise<number> {
  let gone = 0;
  while (Date.now() < until) {
    const names = kubectl("-n churn get pods -o name").split("\n").filter(Boolean);
    const name = names[Math.floor(Math.random() * names.length)];
    if (name !== undefined) {
      kubectl(`-n churn delete --ignore-not-found --wait=false --grace-period=1 ${name}`);
      gone++;
    }
    await pause(500 + Math.random() * 2000);
  }
  return gone;
}

test(`${minutes} minutes of pods that come and go, a worker that restarts, and checks leave nothing behind`, async (t) => {
  t.timeout((minutes + 30) * 60_000);
  const begin = (): void => {
    kubectl("create namespace churn");
    kubectl(`-n churn apply -f - <<<'${JSON.stringify(deployment)}'`);
    kubectl("-n churn rollout status deployment/churn --timeout=180s");
  };
  const end = async (): Promise<void> => {
    kubectl("delete namespace churn --wait=true --timeout=120s");
    // Pods that ended are collected after a minute.
    await pause(70_000);
  };
  // Once before the first count: what programs keep after their first use is no growth.
  begin();
  await end();
  if ((await lab("verify")) !== 0) t.is(await lab("verify"), 0, checkout.lastWords(stack));
  const pieces = earlier();
  const counted = count();
  const before = pieces[0]?.before ?? counted;
  look();
  const until = Date.now() + minutes * 60_000;
  let [gone, checks, restarts, late] = [0, 0, 0, 0];
  /** Where other work keeps the machine busy, an answer may come after its two seconds; what is broken is so the second time too. */
  const holds = async (verb: "up" | "verify"): Promise<void> => {
    checks++;
    if ((await lab(verb)) === 0) return;
    late++;
    t.is(await lab("verify"), 0, checkout.lastWords(stack));
  };
  begin();
  while (Date.now() < until) {
    gone += await churn(Math.min(until, Date.now() + 120_000));
    look();
    await holds("verify");
    look();
    run("docker", "restart", `podnet-${stack}-${worker}`);
    await holds("up");
    restarts++;
  }
  await end();
  await holds("verify");
  const after = count();
  look();
  appendFileSync(
    notes,
    `${JSON.stringify({ minutes, gone, checks, late, restarts, before: counted } satisfies Piece)}\n`,
  );
  const all = earlier();
  const total = sumOf(all, "minutes");
  for (const line of readFileSync(curve, "utf8").trimEnd().split("\n")) t.log(line);
  for (const [what, megabytes] of Object.entries(growth(readFileSync(curve, "utf8"))))
    t.log(`${what}: ${megabytes} MB an hour in the second half`);
  t.log(
    `${total} minutes in ${all.length} runs: ${sumOf(all, "gone")} pods deleted, ${sumOf(all, "checks")} checks, of which ${sumOf(all, "late")} once more, ${sumOf(all, "restarts")} restarts of the worker`,
  );
  for (const [what, value] of Object.entries(after)) t.log(`${what}: ${before[what]} -> ${value}`);
  for (const [what, value] of Object.entries(after)) {
    const was = before[what] ?? 0;
    t.true(value <= was + allowed(what, before, total), `${what}: ${was} before, ${value} after`);
  }
});
