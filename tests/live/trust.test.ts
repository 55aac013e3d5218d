// A real lab that is lied to, and searched for its secrets. It does not prove what other programs on the user's machine can see.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { invoke } from "../../nodes/script.ts";
import { contract } from "./contract.ts";
import { container, destroyAndRemove, inMachine, logins, openStack, root, run, trace } from "./lab.ts";

const stackName = "live-trust";
const [master, worker] = ["k8s-master", "k8s-worker1"] as const;
const stack = await openStack(stackName, {
  platform: "local",
  workers: 1,
  machineCidr: "172.28.67.0/24",
  portBase: 31460,
});
await stack.setConfig("pod-networking-lab:lessons[0]", { value: "all" }, true);

/** All that an update showed, whether it succeeded or not. */
let console = "";
const show = { onOutput: (text: string) => void (console += text), color: "never", suppressOutputs: false } as const;

/** Every process's command line, as any user of that machine can read it, while an update runs. */
const processes = new Set<string>();
function watch(): () => void {
  // One program for each look at all of them: more would take so long on a busy machine that what lives a moment only is missed.
  const loop =
    "while sleep 0.02; do grep -a '' /proc/[0-9]*/cmdline; done 2>/dev/null | sed -u -e 's/^[^:]*://' -e 's/\\x00/ /g' | awk '!seen[$0]++ { print; fflush() }'";
  const watchers = [spawn("bash", ["-c", loop], { detached: true, stdio: ["ignore", "pipe", "ignore"] })];
  for (const { stdout } of watchers) stdout.on("data", (chunk: Buffer) => void processes.add(chunk.toString()));
  return () => {
    for (const { pid } of watchers) if (pid !== undefined) process.kill(-pid);
  };
}

test.before(async () => {
  await stack.destroy(show);
  const stop = watch();
  try {
    // Containers' processes are the host's too: what a node's process list shows stands in this machine's.
    await stack.up(show);
  } finally {
    stop();
  }
});
test.after.always(async () => {
  await destroyAndRemove(stack);
});

async function outputs() {
  const values = Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value]));
  return contract.parse(values);
}

/** Lines that a secret is known by wherever it turns up. */
async function secrets(): Promise<Readonly<Record<"login" | "encoded" | "client" | "passphrase", readonly string[]>>> {
  const { access, kubeconfig } = await outputs();
  const key = access.privateKey.split("\n").slice(1, -2);
  const clientKey = /client-key-data: (\S+)/.exec(kubeconfig)?.[1] ?? "";
  const pem = Buffer.from(clientKey, "base64").toString().split("\n").slice(1, -2);
  const long = (lines: readonly string[]): string[] => lines.filter((line) => line.length >= 32);
  const passphrase = readFileSync(process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "", "utf8").trim();
  return { login: long(key), encoded: long([clientKey]), client: long(pem), passphrase: long([passphrase]) };
}

/** A bootstrap token; what ends in sixteen hex digits is the name of an event. */
const token = /(?<![\w-])[a-z0-9]{6}\.(?![a-f0-9]{16}\b)[a-z0-9]{16}\b/;

test.serial("with one worker every claim of every lesson holds too", async (t) => {
  const { scenarios } = await outputs();
  t.is(
    scenarios.service?.claims.length,
    34,
    "one for the Service, one for the packet that is followed, and some for each of two nodes",
  );
  t.is(scenarios["cluster-dns"]?.claims.length, 19, "for the client, for each CoreDNS, and for each of two nodes");
  t.deepEqual(
    Object.values(scenarios)
      .flatMap(({ claims }) => claims)
      .filter(({ ok }) => !ok),
    [],
  );
});

test.serial(
  "a trace to a Service shows the lookup, the choice and the translation, from a pod and from a node",
  (t) => {
    for (const [from, target] of [
      ["service/client", "svc/hello-world"],
      [`node/${worker}`, "svc/hello-world.service"],
    ] as const) {
      const { result } = trace(stackName, from, target);
      const { verdict, hops, through, translations = [], lookup } = result;
      t.is(verdict, "answered", from);
      t.is(through?.endpoints?.length, 2, from);
      const [chosen] = through?.chosen?.split(":") ?? [];
      const seen = translations.find(({ leg, what }) => leg === "request" && what === "destination");
      t.deepEqual([seen?.was, seen?.is], [through?.address, chosen], from);
      t.regex(seen?.rule?.rule ?? "", new RegExp(`DNAT --to-destination ${chosen?.replaceAll(".", "[.]")}:8080`), from);
      t.true(
        hops.some(({ leg, destination }) => leg === "request" && destination === chosen),
        from,
      );
      if (from.startsWith("service/")) t.is(lookup?.address, through?.address);
      else
        t.true(
          translations.some(({ leg, what }) => leg === "request" && what === "source"),
          "a node's source changes",
        );
    }
  },
);

test.serial("a Service that nobody stands behind refuses, and the trace says why", (t) => {
  const { result, code } = trace(stackName, "service/client", "svc/hello-world-empty");
  t.is(code, 1);
  t.is(result.verdict, "refused");
  t.regex(result.refused?.why ?? "", /no pod of service has the labels of its selector, app=nobody/);
});

/** What `./lab` prints. */
const lab = (...words: readonly string[]): string =>
  run(process.execPath, "--disable-warning=ExperimentalWarning", join(root, "cli/main.ts"), ...words, "-s", stackName);
const report = join(root, `.lab/report-${stackName}.html`);
test.after.always(() => rmSync(report, { force: true }));

test.serial(
  "no key, kubeconfig, passphrase or token stands in the console, the state, outputs, the report, a node's logs or a process list",
  async (t) => {
    const bySource = await secrets();
    for (const [source, lines] of Object.entries(bySource)) t.true(lines.length > 0, `${source} has lines to look for`);
    const known = Object.values(bySource).flat();
    const logs = [master, worker].map((node) =>
      inMachine(stackName, node, "cat /var/log/podnet-*.log; journalctl --no-pager"),
    );
    const places = {
      console,
      state: run("pulumi", "stack", "export", "--stack", stackName),
      processes: [...processes].join(""),
      logs: logs.join(""),
      outputs: lab("outputs"),
      report: lab("report", "--output", report) && readFileSync(report, "utf8"),
    };
    t.true(places.processes.includes("kubeadm join"), "the join was seen to run");
    for (const [place, text] of Object.entries(places)) {
      t.true(text.length > 1000, `${place} was read`);
      t.deepEqual(
        known.filter((secret) => text.includes(secret)),
        [],
        place,
      );
      t.deepEqual(token.exec(text)?.[0], undefined, place);
    }
  },
);

test.serial(
  "a checkpoint has no secret in plain text but on the machines' own disks, and none is in a process list while it is made",
  async (t) => {
    processes.clear();
    const stop = watch();
    try {
      // Not by run(), which would hold up what the watcher says.
      const words = [join(root, "cli/main.ts"), "checkpoint", "canary", "-s", stackName];
      const made = spawn(process.execPath, words, { stdio: "ignore" });
      t.deepEqual(await once(made, "exit"), [0, null]);
      await pause(500);
    } finally {
      stop();
    }
    const volume = `podnet-${stackName}-checkpoint-canary`;
    const image = run("docker", "container", "inspect", "--format={{.Config.Image}}", container(stackName, worker));
    // Everything but the folder that holds the machines' disks: what is in it is on the machines too, for root alone.
    const kept = run(
      ...([
        "docker",
        "run",
        "--rm",
        "--network",
        "none",
        "--volume",
        `${volume}:/kept:ro`,
        "--entrypoint",
        "bash",
      ] as const),
      ...[
        image.trim(),
        "-c",
        "cd /kept; stat -c '%a %U %n' . *; find . -path ./files -prune -o -type f -exec cat {} +",
      ],
    );
    const known = Object.values(await secrets()).flat();
    const seen = [...processes].join("");
    t.true(seen.includes("checkpoint.sh save"), "the checkpoint was seen to be made");
    t.regex(kept, /^700 root \.\n755 root files\n600 root machines\n600 root state\.json\n600 root whole\n/);
    t.true(kept.includes('"deployment"'), "the state was read");
    for (const [place, text] of Object.entries({ kept, seen })) {
      t.deepEqual(
        known.filter((secret) => text.includes(secret)),
        [],
        place,
      );
      t.deepEqual(token.exec(text)?.[0], undefined, place);
    }
    t.regex(lab("list"), /^Checkpoints of "live-trust": canary \(\d+ MB\)$/m);
    lab("checkpoint", "--remove", "canary");
  },
);

test.serial("no join token is left once the nodes have joined", (t) => {
  t.is(inMachine(stackName, master, "kubeadm token list --kubeconfig /etc/kubernetes/admin.conf").trim(), "");
});

test.serial("a machine with another host key is sent no command", async (t) => {
  const before = logins(stackName, worker);
  inMachine(
    stackName,
    worker,
    "cp /etc/ssh/ssh_host_ed25519_key /run/kept && ssh-keygen -q -t ed25519 -N '' -f /run/other && cat /run/other >/etc/ssh/ssh_host_ed25519_key && systemctl restart ssh",
  );
  await stack.setConfig("pod-networking-lab:verify", { value: "another host key" });
  console = "";
  const error = await t.throwsAsync(() => stack.up(show));
  inMachine(stackName, worker, "cat /run/kept >/etc/ssh/ssh_host_ed25519_key && systemctl restart ssh");
  t.regex(error.message + console, /host key/i);
  t.is(logins(stackName, worker), before);
});

test.serial("what fails on purpose shows no secret", async (t) => {
  const known = Object.values(await secrets()).flat();
  t.deepEqual(
    known.filter((secret) => console.includes(secret)),
    [],
  );
});

test.serial("a control plane with another CA is not joined, and the token stays a secret", (t) => {
  inMachine(stackName, worker, "kubeadm reset --force && rm -rf /etc/cni/net.d/*");
  const secret = inMachine(stackName, master, "kubeadm token create --kubeconfig /etc/kubernetes/admin.conf").trim();
  t.regex(secret, token);
  const { command, stdin } = invoke(
    "cluster/join",
    {
      params: {
        NODE_NAME: worker,
        NODE_ADDRESS: "172.28.67.11",
        API_SERVER: "172.28.67.10:6443",
        CA_HASH: `sha256:${"0".repeat(64)}`,
      },
      stdin: `${secret}\n`,
    },
    "root",
  );
  const { status, stdout, stderr } = spawnSync(
    "docker",
    ["exec", "--interactive", container(stackName, worker), "bash", "-c", command],
    {
      input: stdin,
      encoding: "utf8",
    },
  );
  t.not(status, 0);
  t.regex(stderr, /CA|public key|pinned/);
  t.false((stdout + stderr).includes(secret.split(".")[1] ?? secret));
  t.is(inMachine(stackName, worker, "ls /etc/kubernetes/kubelet.conf 2>/dev/null || true"), "");
});
