// kind's cluster with the lab's own programs and pods: what somebody would take instead for a cluster on one machine.
import { mkdtempSync, existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { imageRefs, versions } from "../../bundle/versions.ts";
import { type Measured, measure, root } from "./measure.ts";
import type { Span, Step } from "./phases.ts";

const folder = join(root, "tests/bench/kind");
const cluster = "podnet-bench";
const nodeImage = `kindest/node:v${versions.kubernetes}`;

interface Kind {
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
}

let prepared: Promise<Kind> | undefined;

/** Times one cluster: created, nodes Ready, DNS, pods Ready; and deletes it. Every step must succeed: a cluster that failed must not look fast. */
export async function timeKind(): Promise<Measured> {
  const { bin, env } = await (prepared ??= prepareKind());
  const work = mkdtempSync(join(tmpdir(), "podnet-bench-kind-"));
  const KUBECONFIG = join(work, "kubeconfig");
  const environment = { ...env, KUBECONFIG };
  const kind = (...args: readonly string[]) => execa(bin, args, { env: environment, stdin: "ignore" });
  const kubectl = (...args: readonly string[]) =>
    execa(join(env["BUNDLE"] ?? "", "bin/kubectl"), ["--cache-dir", work, ...args], {
      env: environment,
      stdin: "ignore",
    });
  const apply = (file: string, change: (text: string) => string) =>
    execa(join(env["BUNDLE"] ?? "", "bin/kubectl"), ["--cache-dir", work, "apply", "--filename", "-"], {
      env: environment,
      input: change(readFileSync(join(root, "tests/bench", file), "utf8")),
    });
  await kind("delete", "cluster", "--name", cluster);
  try {
    return await measure("kind", async (start) => {
      const spans: Span[] = [];
      const step = async (name: Step, work: () => Promise<unknown>): Promise<void> => {
        const from = Date.now() / 1000 - start;
        await work();
        spans.push({ lane: "kind", step: name, from, to: Date.now() / 1000 - start });
      };
      await step("boot", () =>
        execa(bin, ["create", "cluster", "--name", cluster, "--image", nodeImage, "--config", "-"], {
          env: environment,
          input: clusterConfig(),
        }),
      );
      await step("nodes Ready", async () => {
        await apply("flannel.yaml", (text) => text.replaceAll("API_ADDRESS", `${cluster}-control-plane`));
        await apply("pods.yaml", (text) => text.replaceAll("k8s-worker1", `${cluster}-worker`));
        await kubectl("wait", "--for=condition=Ready", "--timeout=120s", "node", "--all");
      });
      await step("DNS", () =>
        kubectl("--namespace", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s"),
      );
      await step("pods Ready", () =>
        Promise.all(
          ["container-to-container", "pod-to-pod-single-node", "pod-to-pod-multi-node"].map((namespace) =>
            kubectl("--namespace", namespace, "wait", "--for=condition=Ready", "--timeout=120s", "pod", "--all"),
          ),
        ),
      );
      return spans;
    });
  } finally {
    await kind("delete", "cluster", "--name", cluster);
    rmSync(work, { recursive: true, force: true });
  }
}

function clusterConfig(): string {
  const v1 = !existsSync("/sys/fs/cgroup/cgroup.controllers");
  return readFileSync(join(folder, "cluster.yaml"), "utf8").replace("FAIL_CGROUP_V1", String(!v1));
}

/** kind from the Go module proxy, and its node image from the lab's bundle; both are kept. */
async function prepareKind(): Promise<Kind> {
  process.stderr.write("kind: its program and its node image ...\n");
  const PATH = [process.env["PATH"] ?? "", "/usr/local/go/bin"].join(delimiter);
  const go = async (...args: readonly string[]): Promise<string> =>
    (await execa("go", ["-C", folder, ...args], { env: { PATH, GOFLAGS: "-mod=readonly" }, stdin: "ignore" })).stdout;
  const bin = join(root, ".lab", "bench", "kind");
  await go("build", "-o", bin, "sigs.k8s.io/kind");
  const MODULE = await go("list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kind");
  const bundle = await execa(process.execPath, [join(root, "bundle/build.ts")], {
    stdin: "ignore",
    stderr: "inherit",
  });
  const BUNDLE = bundle.stdout.trim().split("\n").at(-1) ?? "";
  const env = {
    BUNDLE,
    MODULE,
    NODE_IMAGE: nodeImage,
    KUBERNETES_VERSION: versions.kubernetes,
    PAUSE: imageRefs.pause,
  };
  await execa(join(folder, "node-image.sh"), { env, stdio: ["ignore", "ignore", "inherit"] });
  const privileged = await execa("docker", ["run", "--rm", "--privileged", "--entrypoint", "true", nodeImage], {
    stdin: "ignore",
    reject: false,
  });
  if (privileged.exitCode === 0) return { bin, env: { ...env, PATH } };
  // Made beforehand: kind would ask for IPv6 too, which an engine may not have.
  await execa("docker", ["network", "create", "kind"], { stdin: "ignore", reject: false });
  const { stdout: DOCKER } = await execa("sh", ["-c", "command -v docker"]);
  return { bin, env: { ...env, DOCKER, PATH: [folder, PATH].join(delimiter) } };
}
