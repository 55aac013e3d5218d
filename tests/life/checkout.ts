// A checkout of its own for labs of this tier: their state is kept in its .lab, as a user's is, so `./lab` settles locks and interrupted operations there as it
// would for him.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
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
import { pluginsOf } from "../../cli/stack/left-plugins.ts";
import { root, run } from "../live/lab.ts";

export interface Running {
  readonly pid: number;
  /** Its exit code; null where it was killed. */
  readonly ended: Promise<number | null>;
}

export class Checkout {
  readonly folder: string;
  /** Names of the stack files that it was given. */
  readonly #own = new Set<string>();
  readonly #within: () => readonly string[];

  /** @param within what comes before a command line that is to run elsewhere, as in namespaces of its own */
  constructor(name: string, within: () => readonly string[] = () => []) {
    this.folder = join(root, ".lab/test-state", name);
    this.#within = within;
  }

  /** Where its runs make their temporary files. */
  get temporary(): string {
    return join(this.folder, ".lab/tmp");
  }

  /** Everything but what labs of it keep. */
  fill(commit?: string): void {
    mkdirSync(this.temporary, { recursive: true });
    for (const name of readdirSync(this.folder))
      if (name !== ".lab" && !this.#own.has(name) && !name.endsWith(".log"))
        rmSync(join(this.folder, name), { recursive: true, force: true });
    if (commit === undefined) {
      const tracked = run("git", "-C", root, "ls-files", "-z");
      execFileSync("xargs", ["-0", "cp", "--parents", "-t", this.folder], { cwd: root, input: tracked });
    } else {
      const archive = execFileSync("git", ["-C", root, "archive", commit], { maxBuffer: 256 * 1024 * 1024 });
      execFileSync("tar", ["-x", "-C", this.folder], { input: archive });
    }
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  configure(stack: string, config: Readonly<Record<string, string | number>>): void {
    const name = `Pulumi.${stack}.yaml`;
    this.#own.add(name);
    writeFileSync(
      join(this.folder, name),
      Object.entries(config).reduce(
        (text, [key, value]) => `${text}  pod-networking-lab:${key}: ${value}\n`,
        "config:\n",
      ),
    );
  }

  /** `./lab VERB... -s STACK`. */
  start(stack: string, ...words: readonly string[]): Running {
    const output = openSync(this.#log(stack), "a");
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", "cli/main.ts"];
    const [program = "", ...args] = [...this.#within(), ...node, "-s", stack, ...words];
    const child = spawn(program, args, {
      cwd: this.folder,
      env: this.#environment(),
      detached: true,
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    const ended = once(child, "exit").then(([code]) => code as number | null);
    return { pid: child.pid ?? Number.NaN, ended };
  }

  async lab(stack: string, ...words: readonly string[]): Promise<number | null> {
    return await this.start(stack, ...words).ended;
  }

  /** What `./lab outputs` prints. */
  outputs(stack: string): unknown {
    return JSON.parse(this.ask(stack, "outputs")) as unknown;
  }

  /** Standard output of a verb. @throws where it fails */
  ask(stack: string, ...words: readonly string[]): string {
    const program = ["--disable-warning=ExperimentalWarning", "cli/main.ts", "-s", stack];
    return execFileSync(process.execPath, [...program, ...words], {
      cwd: this.folder,
      env: this.#environment(),
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  /** Locks, and plugins of Pulumi's, that no run of it needs once all have ended. */
  left(): string[] {
    const locks = globSync(join(this.folder, ".lab/state/.pulumi/locks/**/*.json"));
    const plugins = pluginsOf(join(this.folder, ".lab/pulumi"));
    return [
      ...locks.map((file) => `the lock ${file}`),
      ...plugins.map(({ pid, name }) => `the plugin ${name} (process ${pid})`),
    ];
  }

  /** All that its runs on a stack have said. */
  said(stack: string): string {
    return readFileSync(this.#log(stack), "utf8");
  }

  lastWords(stack: string): string {
    return this.said(stack).split("\n").slice(-25).join("\n");
  }

  /** What a run of the tier that was killed has left in the engine: its state is gone, so no verb knows of it. */
  sweep(): void {
    const filter = `--filter=label=pod-networking-lab.checkout=${this.folder}`;
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
    rmSync(this.folder, { recursive: true, force: true });
  }

  #log(stack: string): string {
    return join(this.folder, `${stack}.log`);
  }

  /** The tier's own Pulumi settings are not the checkout's. */
  #environment(): NodeJS.ProcessEnv {
    return {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"))),
      TMPDIR: this.temporary,
    };
  }
}

/** On a control plane: how often kubeadm began to make a cluster there. */
export const countInits = [
  ...["grep", "--count", "^\\[init\\] Using Kubernetes version", "/var/log/podnet-init.log"],
] as const;

/** Lines of a docker command, sorted. */
export const listed = (...args: readonly string[]): string[] =>
  run("docker", ...args)
    .split("\n")
    .filter(Boolean)
    .toSorted();

/** What the engine holds of a stack: names. */
export const heldOf = (stack: string): string[] => {
  const filter = `--filter=label=pod-networking-lab.stack=${stack}`;
  return [
    ...listed("ps", "--all", filter, "--format={{.Names}}"),
    ...listed("volume", "ls", filter, "--format={{.Name}}"),
    ...listed("network", "ls", filter, "--format={{.Name}}"),
  ];
};
