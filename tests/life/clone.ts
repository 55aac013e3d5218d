import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../live/lab.ts";
import { Checkout, countInits, heldOf, listed, type Running } from "./checkout.ts";

export const stack = "lifetest";
const checkout = new Checkout("life");
export const clone = checkout.folder;
const { temporary } = checkout;
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"] as const;
export const container = (node: string): string => `podnet-${stack}-${node}`;

/** What a run of the tier that was killed has left goes first. */
export const sweepClone = (): void => checkout.sweep();

export function makeClone(): void {
  checkout.sweep();
  checkout.fill();
  checkout.configure(stack, { machineCidr: "172.28.74.0/24", portBase: 27410, podCidr: "10.174.0.0/16" });
}

/** `./lab VERB...` in the clone. */
export const start = (...words: readonly string[]): Running => checkout.start(stack, ...words);

export const lab = async (...words: readonly string[]): Promise<number | null> => await checkout.lab(stack, ...words);

export const lastWords = (): string => checkout.lastWords(stack);

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

/** What the engine holds of the stack: names. */
export const held = (): string[] => heldOf(stack);

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

/** What of the verb's own is left once it has ended. */
export const left = (): string[] => checkout.left();

/** How often kubeadm began to make a cluster on the control plane that there is. */
export const inits = (): number => Number(run("docker", "exec", container("k8s-master"), ...countInits));
