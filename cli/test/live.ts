import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { holdLock } from "../../bundle/lock.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { stopUnusedEngine } from "../../platforms/local/engine.ts";
import { defaultChoice } from "../../bundle/choice.ts";
import { ensureBundle } from "../../bundle/build.ts";
import { bundleSubject, decide } from "../../bundle/decide.ts";
import { diskSubject, ensureDisk } from "../../platforms/vm/disk.ts";
import { ensureQemu } from "../../platforms/vm/qemu.ts";
import { checkout, defaultStack } from "../paths.ts";
import type { Platform } from "../stack/config.ts";
import { ensurePulumi } from "../parts/ensure-pulumi.ts";
import { prepareParts } from "../parts/parts.ts";
import { pulumiEnvironment } from "../stack/pulumi.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";
import { makeTemporary } from "../stack/temporary.ts";
import { ensureEc2 } from "./ec2.ts";
import { need } from "./packages.ts";
import { stackFiles, sweep, testState } from "./sweep.ts";

/** How the machine was before. */
let before: { readonly engine: boolean; readonly files: readonly string[]; readonly temporary: string } | undefined;
/** Held from the first tier with labs to the end. */
let turn: (() => void) | undefined;

/** Everything real labs need, as `./lab up` provides it. Without an engine the tier fails: a lab that cannot run is not a pass. */
export async function prepareLive(): Promise<NodeJS.ProcessEnv> {
  refuseUsers(
    "the tier live sets routes and kernel settings for what stands for machines elsewhere, which only root may; " +
      "run it as root, or name the other tiers: ./lab test types lint shell unit components report behaviours",
  );
  // What is left on a host is looked at from here: the host may have no such program.
  await need("nft", "nftables");
  await need("ipset", "ipset");
  const ec2 = await ensureEc2();
  return { ...(await prepare("local")), ...ec2 };
}

/** The benchmark sees to its labs by itself; what is made for kind is built of Go's modules. */
export async function prepareBench(): Promise<NodeJS.ProcessEnv> {
  return await prepare("local");
}

/** The same for virtual machines. */
export async function prepareVm(): Promise<NodeJS.ProcessEnv> {
  await need("sfdisk", "fdisk");
  await ensureQemu();
  await ensureDisk(await decide(diskSubject(defaultChoice), defaultChoice));
  return await prepare("vm");
}

/** What a stranger would wait half an hour for is made here. The engine of this machine is not touched: a stranger's has its own. */
export async function prepareStrangers(): Promise<NodeJS.ProcessEnv> {
  refuseUsers("the tier strangers makes machines of namespaces, which only root may");
  await need("busybox", "busybox-static");
  await need("git", "git");
  await need("pgrep", "procps");
  await need("unzip", "unzip");
  await ensurePulumi();
  await ensureBundle(await decide(bundleSubject(defaultChoice), defaultChoice));
  return {};
}

/** @throws Problem for a user who is not root, before anything is fetched or made */
export function refuseUsers(problem: string, user = process.getuid?.()): void {
  if (user !== 0) throw new Problem(problem);
}

async function prepare(platform: Platform): Promise<NodeJS.ProcessEnv> {
  const { pulumi, engineFound } = await prepareParts(0, defaultStack, platform);
  // Two checkouts' tests have the same names and networks: the second waits for the first.
  turn ??= await holdLock(join(cacheRoot(), "locks", "test-labs"), () =>
    say("Another ./lab test has labs on this machine; waiting for it to end. Ctrl-C stops the wait."),
  );
  // What a run left that was killed, here or in another checkout, would be in this one's way.
  await sweep();
  before ??= { engine: engineFound, files: stackFiles(), temporary: makeTemporary() };
  mkdirSync(testState, { recursive: true });
  return {
    ...pulumiEnvironment(pulumi),
    PULUMI_BACKEND_URL: `file://${testState}`,
    PULUMI_ACCESS_TOKEN: undefined,
    TMPDIR: before.temporary,
  };
}

/** Leaves the machine as it was before the live tests, however they ended; then another checkout's have their turn. */
export async function cleanUpLive(): Promise<void> {
  try {
    if (before !== undefined) await putBack(before);
  } finally {
    turn?.();
  }
}

async function putBack({ engine, files, temporary }: NonNullable<typeof before>): Promise<void> {
  rmSync(temporary, { recursive: true, force: true });
  await sweep();
  for (const file of stackFiles()) if (!files.includes(file)) rmSync(join(checkout, file));
  if (!engine) await stopUnusedEngine();
}
