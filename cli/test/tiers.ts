import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { ensureAwsPackage } from "../parts/aws.ts";
import { ensurePulumi } from "../parts/ensure-pulumi.ts";
import { checkout } from "../paths.ts";
import { ensureEc2Packages } from "./ec2.ts";
import { prepareBench, prepareLive, prepareStrangers, prepareVm } from "./live.ts";
import { need, needChinese } from "./packages.ts";
import { pluginsUnderTest } from "./plugins.ts";
import type { Limits } from "./running.ts";

export interface Tier {
  readonly name: string;
  /** What a pass says. */
  readonly proves: string;
  /** Only when it is asked for by its name. @default false */
  readonly onDemand?: boolean;
  /** Sees to what the tier needs on this machine; returns what to add to the environment. */
  readonly prepare?: () => Promise<NodeJS.ProcessEnv>;
  /** `ava` counts each of its tests; a `check` counts once. */
  readonly kind: "ava" | "check";
  /** Program and arguments, in the checkout. */
  readonly command: () => readonly string[];
  /** What it may take before it is ended, several times what it takes. @default `usual` */
  readonly limits?: Limits;
  /** Whether its files run one after the other, so that the time between two tests is the second one's. */
  readonly inTurn?: boolean;
}

export const usual: Limits = { minutes: 20 };

const bin = (name: string): string => join(checkout, "node_modules", ".bin", name);
const ava = (folder: string, ...options: string[]): readonly string[] => [
  bin("ava"),
  "--tap",
  ...options,
  `tests/${folder}/**/*.test.ts`,
];

/** What runs in a browser has the browser's types, and a configuration of its own. */
const typesCommand = (): readonly string[] => [
  "sh",
  "-c",
  '"$0" --noEmit && "$0" --noEmit --project tests/report',
  bin("tsc"),
];

/** The rules and the order of the rooms are those of `npm run lint`. */
const lintCommand = (): readonly string[] => ["npm", "run", "--silent", "lint"];

/** Also those npm packages that only some labs need. */
const wholePackages = async (): Promise<NodeJS.ProcessEnv> => {
  await ensureAwsPackage();
  await ensureEc2Packages();
  return {};
};

/** From the cheapest to the dearest: what is wrong shows soon. */
export const tiers: readonly Tier[] = [
  { name: "types", kind: "check", proves: "every type fits", prepare: wholePackages, command: typesCommand },
  {
    name: "lint",
    kind: "check",
    proves: "no promise is forgotten, no case left out, no import runs up, one format",
    prepare: wholePackages,
    command: lintCommand,
  },
  {
    name: "shell",
    kind: "check",
    proves: "shellcheck finds nothing in any script, and shfmt nothing to move",
    prepare: async () => {
      await need("shellcheck", "shellcheck");
      await need("shfmt", "shfmt");
      return {};
    },
    command: () => ["sh", "-c", 'shellcheck "$@" && shfmt -d "$@"', "sh", ...shellScripts()],
  },
  {
    name: "unit",
    kind: "ava",
    proves: "parsers, judges and whatever else is pure",
    prepare: async () => {
      // The scripts of nodes and machines run here too, with what a node has.
      await need("jq", "jq");
      await need("curl", "curl");
      await need("ps", "procps");
      await need("ssh-keygen", "openssh-client");
      return {};
    },
    command: () => ava("unit", "--timeout=60s"),
  },
  {
    name: "components",
    kind: "ava",
    proves: "names, parents, secrets and order, against a mocked engine",
    prepare: wholePackages,
    command: () => ava("components", "--timeout=120s"),
  },
  {
    name: "report",
    kind: "ava",
    proves: "the report in a real browser: nothing is asked for, nothing overflows, every hop is reached by keyboard",
    prepare: async () => {
      await need("chromium", "chromium");
      await needChinese();
      return {};
    },
    command: () => ava("report", "--serial", "--timeout=120s"),
    inTurn: true,
  },
  {
    name: "behaviours",
    kind: "ava",
    proves:
      "both plugins do what a user of Pulumi sees, against a real engine and a real sshd; ./lab in other environments",
    prepare: async () => {
      await need("sshd", "openssh-server");
      await need("busybox", "busybox-static");
      return await pluginsUnderTest(await ensurePulumi());
    },
    command: () => ava("behaviours", "--timeout=300s"),
  },
  {
    name: "live",
    kind: "ava",
    proves: "a whole lab: machines, cluster, scenarios, claims, and that nothing is left",
    prepare: prepareLive,
    command: () => ava("live", "--serial", "--concurrency=1", "--timeout=10m"),
    limits: { minutes: 45, silence: 12 },
    inTurn: true,
  },
  {
    name: "backends",
    kind: "ava",
    onDemand: true,
    proves:
      "every backend of flannel's that this kernel can carry, switched to on one lab, proved and traced; options set and taken back; two of them compared, one switched to by hand",
    prepare: prepareLive,
    command: () => ava("backends", "--serial", "--concurrency=1", "--timeout=10m"),
    limits: { minutes: 60, silence: 12 },
    inTurn: true,
  },
  {
    name: "lessons",
    kind: "ava",
    onDemand: true,
    proves:
      "every page of the course on one lab, kube-proxy in each mode, policies that come and go, addresses for those outside, each kind of claim broken once; the pages by release, with other ranges and names and up to six workers, with both address families, on hosts and instances too; half an hour",
    prepare: prepareLive,
    command: () => ava("lessons", "--serial", "--concurrency=1", "--timeout=15m"),
    limits: { minutes: 90, silence: 17 },
    inTurn: true,
  },
  {
    name: "catalogue",
    kind: "ava",
    onDemand: true,
    proves: "every fault of the catalogue on a real lab: seen, traced, named and healed; an hour",
    prepare: prepareLive,
    command: () => ava("catalogue", "--serial", "--concurrency=1", "--timeout=15m"),
    limits: { minutes: 180, silence: 20 },
    inTurn: true,
  },
  {
    name: "vm",
    kind: "ava",
    onDemand: true,
    proves:
      "a virtual machine with a kernel of its own, a whole lab on three, through a reboot, and one on two, through a rewind and new certificates; two hours where KVM does not work",
    prepare: prepareVm,
    command: () => ava("vm", "--serial", "--fail-fast", "--concurrency=1", "--timeout=120m"),
    limits: { minutes: 220, silence: 125 },
    inTurn: true,
  },
  {
    name: "strangers",
    kind: "ava",
    onDemand: true,
    proves: "./lab on machines and for users unlike the makers' own works, or says in one sentence what is missing",
    prepare: prepareStrangers,
    command: () => ava("strangers", "--serial", "--concurrency=1", "--timeout=40m"),
    limits: { minutes: 75, silence: 40 },
    inTurn: true,
  },
  {
    name: "life",
    kind: "ava",
    onDemand: true,
    proves:
      "a lab outlives kills at twenty moments of up, verify and destroy, restarts, the end of its container engine, the death of each component, expired certificates, another version, other labs beside it, and a soak; hours",
    prepare: prepareBench,
    command: () => ava("life", "--serial", "--concurrency=1", "--timeout=30m"),
    limits: { minutes: 300, silence: 30 },
    inTurn: true,
  },
  {
    name: "bench",
    kind: "ava",
    onDemand: true,
    proves: "npm run bench runs as the docs print it, kind beside the lab's own cluster; its times are no matter here",
    prepare: prepareBench,
    command: () => ava("bench", "--serial", "--concurrency=1", "--timeout=30m"),
    limits: { minutes: 45 },
    inTurn: true,
  },
];

/** Every shell script of the checkout, wherever it runs. */
export function shellScripts(): string[] {
  const patterns = ["nodes/**/*.sh", "platforms/**/*.sh", "cli/**/*.sh", "bundle/**/*.sh", "tests/**/*.sh"];
  const found = globSync(patterns, { cwd: checkout }).toSorted();
  return ["lab", ".ci/run", "tests/bench/kind/docker", "tests/bench/kind/entrypoint", ...found].filter((file) =>
    existsSync(join(checkout, file)),
  );
}
