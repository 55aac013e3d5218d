import { existsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Artifact } from "../../bundle/artifact.ts";
import { planned } from "../../bundle/progress.ts";
import { freeBytes } from "../../bundle/room.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { defaultChoice, settled, type Way } from "../../bundle/choice.ts";
import { bundleSubject, knownDecision } from "../../bundle/decide.ts";
import { imageKey, imageRef } from "../../platforms/local/image.ts";
import { canInstall, onPath, readOrNothing } from "../../bundle/tools.ts";
import { missingForPulumi, pulumiSubject } from "../parts/binaries.ts";
import { readChoice } from "../stack/artifacts.ts";
import { checkout } from "../paths.ts";
import { labels, lookInEngine } from "../stack/in-engine.ts";
import { whyNoCache } from "../parts/cache.ts";
import { readLabState } from "../stack/lab-state.ts";
import { takenName } from "../stack/names.ts";
import { missingForLab } from "../parts/lab-content.ts";
import { readStackState } from "../stack/interrupted.ts";
import { describePause } from "../stack/paused.ts";
import { configValue, platformOf } from "../stack/config.ts";
import { describeNoted } from "../faults/note.ts";
import { Problem } from "../view/problem.ts";
import { pulumiOnPath } from "../stack/pulumi.ts";
import { features, type Feature, type FeatureState, featureState } from "./kernel.ts";
import type { HostRoute } from "../../platforms/routes.ts";
import { certificateEnd } from "./certificate.ts";
import { busyPorts, hostRoutes } from "./network.ts";
import { diskSubject } from "../../platforms/vm/disk.ts";
import { gatherSurroundings, type Surroundings } from "./surroundings.ts";
import { gatherVmFacts, type VmFacts } from "./vm.ts";

type Ranges = Readonly<Record<"machineCidr" | "podCidr" | "serviceCidr", string>>;

/** All that the judging in checks.ts looks at. */
export interface Facts {
  /** Where the machines come from. */
  readonly platform: string;
  readonly root: boolean;
  /** Bytes free where built things are kept. */
  readonly diskFree: number;
  readonly cacheDir: string;
  /** Why this user cannot keep anything there. */
  readonly cacheProblem?: string;
  readonly memoryTotal: number;
  readonly cores: number;
  /** A client and what it says; no client at all; a client whose engine does not answer. */
  readonly engine:
    | { readonly state: "none" }
    /** refuses: it runs, and not for this user. */
    | { readonly state: "silent"; readonly refuses?: true }
    /** Podman, an engine on another machine: why, in one sentence. */
    | { readonly state: "unusable"; readonly why: string }
    | {
        readonly state: "answers";
        readonly version: string;
        readonly rootless: boolean;
        /** Where it keeps images and volumes, and bytes free there; undefined where that cannot be seen. */
        readonly data?: { readonly folder: string; readonly free: number };
      };
  /** What in the engine has a name of this lab's and is another's, and whose. */
  readonly taken?: string;
  readonly canInstall: boolean;
  /** Packages come by apt-get here. */
  readonly apt: boolean;
  readonly kernel: Readonly<Record<Feature, FeatureState>>;
  readonly cgroup: "v1" | "v2" | "none";
  readonly inotify: { readonly watches: number; readonly instances: number };
  readonly ranges: Ranges;
  /** Whether the kernel has IPv6; asked where the lab shall have it. */
  readonly ipv6?: boolean;
  readonly routes: readonly HostRoute[];
  readonly portBase: number;
  readonly busyPorts: readonly number[];
  readonly node: string;
  /** The user's own pulumi, if the lab will take it. */
  readonly pulumi: string | undefined;
  /** Seconds that building what is missing takes; 0 when nothing is. */
  readonly pulumiSeconds: number;
  readonly bundleSeconds: number;
  /** Where the bundle comes from; undefined: "auto", and nobody was asked yet. */
  readonly bundleWay: Way | undefined;
  readonly image: string | undefined;
  /** On platform "vm". */
  readonly vm?: VmFacts;
  readonly surroundings: Surroundings;
  /** Until when the cluster's certificates are valid; undefined where no API server answers. */
  readonly certificateEnd?: Date | undefined;
  /** One sentence where the lab is paused. */
  readonly paused?: string | undefined;
  /** Sentences about what is broken on purpose. */
  readonly broken?: readonly string[];
  readonly stack: { readonly name: string; readonly resources: number; readonly pending: number } | undefined;
}

export async function gatherFacts(stack: string): Promise<Facts> {
  const ranges: Ranges = {
    machineCidr: configValue(stack, "machineCidr"),
    podCidr: configValue(stack, "podCidr"),
    serviceCidr: configValue(stack, "serviceCidr"),
  };
  const portBase = Number(configValue(stack, "portBase"));
  const [engine, look, routes, published, surroundings] = await Promise.all([
    askEngine(),
    lookInEngine(),
    hostRoutes(),
    publishedPorts(stack),
    gatherSurroundings(stack),
  ]);
  const state = readStackState(stack);
  // A config that cannot be used has a row of its own; the others then speak of the lab as it is by default.
  const choice = orElse(() => readChoice(stack), defaultChoice);
  const platform = orElse(() => platformOf(stack), "local");
  const known = knownDecision(platform === "vm" ? diskSubject(choice) : bundleSubject(choice), choice);
  const decided = known ?? settled("source", choice);
  const pulumi = pulumiOnPath();
  const seconds = (steps: readonly Artifact[]): number => planned(steps).reduce((sum, { about }) => sum + about, 0);
  const taken = takenName(stack, look);
  const cacheProblem = whyNoCache(cacheRoot());
  return {
    platform,
    ...(cacheProblem !== undefined && { cacheProblem }),
    ...(taken !== undefined && { taken }),
    root: process.getuid?.() === 0,
    cacheDir: cacheRoot(),
    diskFree: freeBytes(cacheRoot()),
    memoryTotal: totalmem(),
    cores: availableParallelism(),
    engine,
    canInstall: canInstall(),
    apt: onPath("apt-get") !== undefined,
    kernel: Object.fromEntries(features.map((feature) => [feature, featureState(feature)])) as Record<
      Feature,
      FeatureState
    >,
    cgroup: cgroupVersion(),
    inotify: {
      watches: readNumber("/proc/sys/fs/inotify/max_user_watches"),
      instances: readNumber("/proc/sys/fs/inotify/max_user_instances"),
    },
    ranges,
    ...(["dual", "ipv6"].includes(configValue(stack, "ipFamily")) && { ipv6: existsSync("/proc/net/if_inet6") }),
    // The lab's own bridge is no stranger's.
    routes: routes.filter(({ device }) => !device.startsWith("podnet-")),
    portBase,
    busyPorts: (await busyPorts(portBase)).filter((port) => !published.includes(port)),
    node: process.version,
    pulumi: pulumi && `${pulumi.file} ${pulumi.version}`,
    pulumiSeconds:
      pulumi === undefined
        ? seconds(missingForPulumi(knownDecision(pulumiSubject(choice), choice) ?? settled("source", choice)))
        : 0,
    bundleSeconds: seconds(missingForLab(platform, decided)),
    bundleWay: known?.way,
    image: engine.state === "answers" && known !== undefined ? await machineImage(imageKey(known)) : undefined,
    ...(platform === "vm" && { vm: gatherVmFacts(stack, decided) }),
    surroundings,
    // A machine that is frozen would take the connection and never answer.
    certificateEnd:
      state !== undefined && describePause(stack) === undefined ? await certificateEnd(portBase + 9) : undefined,
    paused: describePause(stack),
    broken: describeNoted(stack),
    stack: state && { name: stack, resources: state.resources, pending: state.pending.length },
  };
}

function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem) return otherwise;
    throw error;
  }
}

async function askEngine(): Promise<Facts["engine"]> {
  const usable = await execa(join(checkout, "platforms", "local", "engine.sh"), { reject: false, stdin: "ignore" });
  const why = usable.stderr ?? "";
  if (usable.exitCode !== 0 && !why.includes("runs as root")) return { state: "unusable", why };
  const info = await execa(
    "docker",
    ["info", "--format", "{{.ServerVersion}} {{.SecurityOptions}}\n{{.DockerRootDir}}"],
    {
      reject: false,
      stdin: "ignore",
      timeout: 10_000,
    },
  );
  if (info.code === "ENOENT") return { state: "none" };
  const [about = "", folder = ""] = (info.stdout ?? "").split("\n");
  const [version = ""] = about.split(" ");
  // Docker 26 ends well where its engine was not heard, with everything about it left empty.
  if (info.exitCode !== 0 || version === "")
    return { state: "silent", ...(/permission denied/i.test(info.stderr ?? "") && { refuses: true }) };
  const data = existsSync(folder) ? { data: { folder, free: freeBytes(folder) } } : {};
  return { state: "answers", version, rootless: about.includes("rootless"), ...data };
}

/** Ports of 127.0.0.1 that this lab's own machines hold. */
async function publishedPorts(stack: string): Promise<number[]> {
  const id = readLabState(stack)?.id;
  // A lab of a version without ids is known by its stack's name.
  const label = id === undefined ? `${labels.stack}=${stack}` : `${labels.lab}=${id}`;
  const list = ["ps", "--filter", `label=${label}`, "--format", "{{.Ports}}"];
  const { stdout = "" } = await execa("docker", list, { reject: false, stdin: "ignore", timeout: 10_000 });
  return [...stdout.matchAll(/127\.0\.0\.1:(\d+)->/g)].map(([, port]) => Number(port));
}

/** The image that machines of this checkout boot from, if the engine has it. */
async function machineImage(key: string): Promise<string | undefined> {
  const ref = imageRef(key);
  return (await succeeds("docker", ["image", "inspect", `${ref}-worker`, `${ref}-control-plane`])) ? ref : undefined;
}

async function succeeds(file: string, args: readonly string[]): Promise<boolean> {
  return (await execa(file, args, { reject: false, stdin: "ignore" })).exitCode === 0;
}

function cgroupVersion(): Facts["cgroup"] {
  const mounts = readText("/proc/self/mounts");
  if (/ \/sys\/fs\/cgroup cgroup2 /.test(mounts)) return "v2";
  return / cgroup /.test(mounts) ? "v1" : "none";
}

const readText = (path: string): string => readOrNothing(path) ?? "";

const readNumber = (path: string): number => Number(readText(path));
