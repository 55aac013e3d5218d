// Measures, on warm caches and in one run: the straight-line script, then up, no-op up and destroy of the same lab.
// Usage: npm run bench [RUNS]. It prints times and ratios; it judges nothing.
import { join } from "node:path";
import { execa } from "execa";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { versions } from "../../bundle/versions.ts";

const root = join(import.meta.dirname, "..", "..");
const runs = Number(process.argv[2] ?? "1");
if (!(Number.isInteger(runs) && runs > 0))
  throw new Error(`RUNS ${process.argv[2]} is not a whole number above 0; write 1 or more`);

const stackName = "bench";
const cidr = "172.28.58.0/24";
const portBase = 32410;

async function seconds(what: string, work: () => Promise<unknown>): Promise<number> {
  process.stderr.write(`${what} ...\n`);
  const start = performance.now();
  await work();
  const taken = (performance.now() - start) / 1000;
  process.stderr.write(`${what}: ${taken.toFixed(1)} s\n`);
  return taken;
}

const sweep = () =>
  execa(join(root, "platforms/local/sweep.sh"), { env: { STACK: stackName }, stdio: ["ignore", "ignore", "inherit"] });

/** Reference of the machine images, to which "-worker" or "-control-plane" is added. */
async function image(): Promise<string> {
  const { stdout } = await execa(process.execPath, [join(root, "platforms/local/image.ts")], { stderr: "ignore" });
  return stdout.trim().split("\n").at(-1) ?? "";
}

async function straightLine(): Promise<number> {
  const reference = await image();
  const env = {
    STACK: stackName,
    CIDR: cidr,
    PORTS: [0, 1, 2].map((index) => portBase + index).join(" "),
    API_PORT: String(portBase + 9),
    CONTROL_PLANE_IMAGE: `${reference}-control-plane`,
    WORKER_IMAGE: `${reference}-worker`,
    KUBERNETES_VERSION: versions.kubernetes,
    ETCD_TAG: versions.etcdTag,
    COREDNS_TAG: `v${versions.coredns}`,
  };
  await sweep();
  const taken = await seconds("straight-line script", () =>
    execa(join(root, "tests/bench/straight-line.sh"), { env, stdio: ["ignore", "inherit", "inherit"] }),
  );
  await sweep();
  return taken;
}

const rows: { script: number; up: number; noop: number; destroy: number }[] = [];
const stack = await LocalWorkspace.createOrSelectStack({ stackName, workDir: root });
await stack.setAllConfig({
  "pod-networking-lab:machineCidr": { value: cidr },
  "pod-networking-lab:portBase": { value: String(portBase) },
});
try {
  for (let run = 0; run < runs; run++) {
    const script = await straightLine();
    const pulumi = (verb: string) => () =>
      execa(
        "pulumi",
        [verb, "--yes", "--skip-preview", "--stack", stackName, "--suppress-outputs", "--color", "never"],
        {
          cwd: root,
          stdio: ["ignore", "ignore", "inherit"],
        },
      );
    const up = await seconds("pulumi up", pulumi("up"));
    const noop = await seconds("pulumi up, nothing to do", pulumi("up"));
    const destroy = await seconds("pulumi destroy", pulumi("destroy"));
    rows.push({ script, up, noop, destroy });
  }
} finally {
  await stack.destroy();
  await stack.workspace.removeStack(stackName);
  await sweep();
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const of = (key: keyof (typeof rows)[number]): number => median(rows.map((row) => row[key]));
const line = (what: string, taken: number, remark = ""): string =>
  `${what.padEnd(28)} ${taken.toFixed(1).padStart(6)} s  ${remark}`;
console.log(
  [
    line("straight-line script", of("script"), "1.00"),
    line("pulumi up", of("up"), `${(of("up") / of("script")).toFixed(2)}  aim: at most 1.50`),
    line("pulumi up, nothing to do", of("noop"), "      aim: under 5 s"),
    line("pulumi destroy", of("destroy"), "      aim: under 15 s"),
  ].join("\n"),
);
