import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { root, run } from "../live/lab.ts";

export const stack = "lifetest";
/** A checkout of its own: its state is kept in its .lab, as a user's is, so `./lab` settles locks and interrupted operations there as it would for him. */
export const clone = join(root, ".lab/test-state/life");
const log = join(clone, "life.log");
const temporary = join(clone, ".lab/tmp");
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"] as const;
export const container = (node: string): string => `podnet-${stack}-${node}`;

/** What a run of the tier that was killed has left in the engine: its state is gone, so no verb knows of it. */
export function sweepClone(): void {
  const filter = `--filter=label=pod-networking-lab.checkout=${clone}`;
  for (const [list, remove] of [
    [
      ["ps", "--all"],
      ["rm", "--force", "--volumes"],
    ],
    [
      ["volume", "ls"],
      ["volume", "rm"],
    ],
    [
      ["network", "ls"],
      ["network", "rm"],
    ],
  ] as const) {
    const found = listed(...list, "--quiet", filter);
    if (found.length > 0) run("docker", ...remove, ...found);
  }
}

export function makeClone(): void {
  rmSync(clone, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const tracked = run("git", "-C", root, "ls-files", "-z");
  execFileSync("xargs", ["-0", "cp", "--parents", "-t", clone], { cwd: root, input: tracked });
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  writeFileSync(
    join(clone, `Pulumi.${stack}.yaml`),
    Object.entries({ machineCidr: "172.28.74.0/24", portBase: 27410, podCidr: "10.174.0.0/16" }).reduce(
      (text, [key, value]) => `${text}  pod-networking-lab:${key}: ${value}\n`,
      "config:\n",
    ),
  );
}

/** The tier's own Pulumi settings are not the clone's. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"))),
  TMPDIR: temporary,
});

export interface Running {
  readonly pid: number;
  /** Its exit code; null where it was killed. */
  readonly ended: Promise<number | null>;
}

/** `./lab VERB...` in the clone. */
export function start(...words: readonly string[]): Running {
  const output = openSync(log, "a");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "cli/main.ts", ...words, "-s", stack],
    {
      cwd: clone,
      env: environment(),
      detached: true,
      stdio: ["ignore", output, output],
    },
  );
  closeSync(output);
  const ended = once(child, "exit").then(([code]) => code as number | null);
  return { pid: child.pid ?? Number.NaN, ended };
}

export const lab = async (...words: readonly string[]): Promise<number | null> => await start(...words).ended;

export const lastWords = (): string => readFileSync(log, "utf8").split("\n").slice(-25).join("\n");

interface State {
  readonly checkpoint: {
    readonly latest?: {
      readonly resources?: readonly unknown[];
      readonly pending_operations?: readonly Pending[];
    } | null;
  };
}
interface Pending {
  readonly type: string;
  readonly resource: { readonly urn: string };
}

const stateFile = join(clone, ".lab/state/.pulumi/stacks/pod-networking-lab", `${stack}.json`);

/** "creating k8s-master-init, and 2 more": what was under way at this moment; a state that is being written is none. */
export function underWay(): string {
  try {
    const { latest } = (JSON.parse(readFileSync(stateFile, "utf8")) as State).checkpoint;
    const all = latest?.pending_operations ?? [];
    const [first] = all;
    if (first === undefined) return "no resource";
    const more = all.length === 1 ? "" : `, and ${all.length - 1} more`;
    return `${first.type} ${first.resource.urn.split("::").at(-1) ?? ""}${more}`;
  } catch {
    return "nothing yet";
  }
}

const listed = (...args: readonly string[]): string[] =>
  run("docker", ...args)
    .split("\n")
    .filter(Boolean)
    .toSorted();
const ofStack = `--filter=label=pod-networking-lab.stack=${stack}`;

/** What the engine holds of the stack: names. */
export const held = (): string[] => [
  ...listed("ps", "--all", ofStack, "--format={{.Names}}"),
  ...listed("volume", "ls", ofStack, "--format={{.Name}}"),
  ...listed("network", "ls", ofStack, "--format={{.Name}}"),
];

export const whole: readonly string[] = [
  ...nodes.map(container).toSorted(),
  ...nodes.map((node) => `${container(node)}-var`).toSorted(),
  `podnet-${stack}`,
];

/** Another lab's things, and a stranger's, which no verb may touch. */
export function placeBystanders(): () => string {
  const [name, owner] = ["podnet-lifetest2-k8s-master", "--label=pod-networking-lab.id=lifetest2-00000000"];
  const image = listed("image", "ls", "--format={{.Repository}}:{{.Tag}}", "pod-networking-lab/node")[0] ?? "";
  run("docker", "create", "--name", name, owner, "--label=pod-networking-lab.stack=lifetest2", image);
  run("docker", "volume", "create", owner, "--label=pod-networking-lab.stack=lifetest2", `${name}-var`);
  return () =>
    run("docker", "container", "inspect", "--format", "{{.Id}} {{.State.Status}}", name) +
    run("docker", "volume", "inspect", "--format", "{{.CreatedAt}}", `${name}-var`);
}

export function removeBystanders(): void {
  for (const remove of [
    ["rm", "--force"],
    ["volume", "rm", "--force"],
  ])
    try {
      run("docker", ...remove, `podnet-lifetest2-k8s-master${remove.length > 2 ? "-var" : ""}`);
    } catch {
      // It was not there.
    }
}

/** Files with a private key where temporary files are made: none may outlive the verb that follows a kill. */
export function secretsLeft(): string[] {
  const folders = [temporary, ...globSync(`/dev/shm/podnet:${stack}:*`)];
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => /PRIVATE KEY|client-key-data/.test(readFileSync(file, "utf8"))),
  );
}

export const locksLeft = (): string[] => globSync(join(clone, ".lab/state/.pulumi/locks/**/*.json"));

/** How often kubeadm began to make a cluster on the control plane that there is. */
export const inits = (): number =>
  Number(
    run(
      "docker",
      "exec",
      container("k8s-master"),
      "grep",
      "--count",
      "^\\[init\\] Using Kubernetes version",
      "/var/log/podnet-init.log",
    ),
  );
