// Runs what is compared, and tells how long it took, what the processors did meanwhile, and when each step was.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { versions } from "../../bundle/versions.ts";
import { readScript } from "../../nodes/script.ts";
import { kubeadmSpans, type Said, scriptSpans, type Span, stepOf } from "./phases.ts";

export const root = join(import.meta.dirname, "..", "..");

/** The lab that is measured: names, ports and addresses of its own. */
export interface BenchLab {
  readonly stackName: string;
  /** A /24. */
  readonly cidr: string;
  readonly portBase: number;
  readonly workers: number;
}

export interface Measured {
  /** Wall clock. */
  readonly seconds: number;
  /** Of all processors together: seconds at work, and seconds with nothing to do. */
  readonly busy: number;
  readonly idle: number;
  readonly spans: readonly Span[];
}

/** Seconds since boot of all processors together, at work and idle, as /proc/stat counts them. */
function processors(): { readonly busy: number; readonly idle: number } {
  const [, user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0] = (
    /^cpu .*$/m.exec(readFileSync("/proc/stat", "utf8"))?.[0] ?? ""
  )
    .split(/\s+/)
    .map(Number);
  return { busy: (user + nice + system + irq + soft) / 100, idle: (idle + wait) / 100 };
}

export async function measure(what: string, work: (start: number) => Promise<readonly Span[]>): Promise<Measured> {
  process.stderr.write(`${what} ...\n`);
  const [before, start] = [processors(), Date.now() / 1000];
  const spans = await work(start);
  const [after, seconds] = [processors(), Date.now() / 1000 - start];
  process.stderr.write(`${what}: ${seconds.toFixed(1)} s\n`);
  return { seconds, busy: after.busy - before.busy, idle: after.idle - before.idle, spans };
}

/** Id of what the script makes; an update has another one, and neither touches what is the other's. */
const scriptLab = "bench-script";

export const sweep = ({ stackName }: BenchLab): Promise<unknown> =>
  execa(join(root, "platforms/local/sweep.sh"), {
    env: { STACK: stackName, LAB: scriptLab },
    stdio: ["ignore", "ignore", "inherit"],
  });

/** Reference of the machine images, to which "-worker" or "-control-plane" is added. */
export async function image(): Promise<string> {
  const { stdout } = await execa(process.execPath, [join(root, "platforms/local/image.ts")], { stderr: "ignore" });
  return stdout.trim().split("\n").at(-1) ?? "";
}

/** The yardstick: a script that does the same work by docker and kubectl. */
export async function straightLine(lab: BenchLab, script: "straight-line" | "straight-line-before"): Promise<Measured> {
  const reference = await image();
  const folder = mkdtempSync(join(tmpdir(), "podnet-bench-"));
  const PHASES = join(folder, "phases");
  for (const name of ["prepare", "init", "addons", "token", "join"] as const)
    writeFileSync(join(folder, `${name}.sh`), readScript(`cluster/${name}`));
  const env = {
    STACK: lab.stackName,
    LAB: scriptLab,
    CIDR: lab.cidr,
    PORTS: [0, 1, 2].map((index) => lab.portBase + index).join(" "),
    API_PORT: String(lab.portBase + 9),
    CONTROL_PLANE_IMAGE: `${reference}-control-plane`,
    WORKER_IMAGE: `${reference}-worker`,
    KUBERNETES_VERSION: versions.kubernetes,
    ETCD_TAG: versions.etcdTag,
    COREDNS_TAG: `v${versions.coredns}`,
    ...(script === "straight-line" && { PHASES, SCRIPTS: folder }),
  };
  await sweep(lab);
  try {
    return await measure(`${script}.sh`, async (start) => {
      await execa(join(root, `tests/bench/${script}.sh`), { env, stdio: ["ignore", "inherit", "inherit"] });
      return script === "straight-line" ? scriptSpans(readFileSync(PHASES, "utf8"), start) : [];
    });
  } finally {
    await sweep(lab);
    rmSync(folder, { recursive: true });
  }
}

export async function openBench(lab: BenchLab): Promise<Stack> {
  const stack = await LocalWorkspace.createOrSelectStack({ stackName: lab.stackName, workDir: root });
  await stack.setAllConfig({
    "pod-networking-lab:machineCidr": { value: lab.cidr },
    "pod-networking-lab:portBase": { value: String(lab.portBase) },
    "pod-networking-lab:workers": { value: String(lab.workers) },
  });
  return stack;
}

/** `pulumi up` or `pulumi destroy` of the lab, as a user types it, with the steps as the engine tells of them. */
export async function pulumi(stack: Stack, what: string, verb: "up" | "destroy"): Promise<Measured> {
  return await measure(what, async (start) => {
    const record = new EventRecord(start);
    await stack[verb]({ onEvent: (event) => record.take(event) });
    return record.spans();
  });
}

/** The engine's events, as spans: a resource's step lasts from its announcement to its outputs. */
class EventRecord {
  readonly #start: number;
  readonly #begun = new Map<string, number>();
  readonly #spans: Span[] = [];
  readonly #said: Said[] = [];
  #first: number | undefined;

  constructor(start: number) {
    this.#start = start;
  }

  take(event: EngineEvent): void {
    const at = Date.now() / 1000 - this.#start;
    this.#first ??= at;
    const { resourcePreEvent, resOutputsEvent, diagnosticEvent } = event;
    if (resourcePreEvent && resourcePreEvent.metadata.op !== "same") this.#begun.set(resourcePreEvent.metadata.urn, at);
    if (resOutputsEvent) this.#end(resOutputsEvent.metadata.urn, at);
    if (diagnosticEvent?.urn) {
      const place = stepOf(nameOf(diagnosticEvent.urn));
      if (place?.step === "init")
        for (const text of diagnosticEvent.message.split("\n")) this.#said.push({ lane: place.lane, at, text });
    }
  }

  #end(urn: string, at: number): void {
    const from = this.#begun.get(urn);
    const place = stepOf(nameOf(urn));
    if (from !== undefined && place !== undefined) this.#spans.push({ ...place, from, to: at });
  }

  spans(): Span[] {
    const init = this.#spans.find(({ step }) => step === "init");
    return [
      { lane: "host", step: "engine", from: 0, to: this.#first ?? 0 },
      ...this.#spans,
      ...(init === undefined ? [] : kubeadmSpans(this.#said, init.to)),
    ];
  }
}

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
