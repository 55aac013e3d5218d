import { type Stats, existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { isHeld } from "../../bundle/lock.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { type VmLab, vmLabs } from "../../platforms/vm/state.ts";
import { checkout } from "../paths.ts";
import { readChoice } from "../stack/artifacts.ts";
import { sizesOfCheckpoints } from "../stack/checkpoints.ts";
import { lookInEngine } from "../stack/in-engine.ts";
import { knownStacks } from "../stack/lab-state.ts";
import { labsOf } from "../verbs/list.ts";
import type { Ground, Kept } from "./judge.ts";
import { needsOfVersion, readNeeds } from "./needs.ts";

/** Everything that the lab keeps on this machine, with what can be known about who needs it. Writes nothing. */
export async function lookAround(): Promise<{ readonly kept: readonly Kept[]; readonly ground: Ground }> {
  const root = cacheRoot();
  const look = await lookInEngine();
  const engine = look.looked ? await imagesInEngine() : [];
  const sizes = await sizesOfCheckpoints(look.held);
  const volumes = look.held
    .filter(({ kind }) => kind === "volume")
    .map(({ name, stack, checkout: where }): Kept => {
      const machines = [labNamed(stack, where)];
      return { place: `volume/${name}`, bytes: sizes.get(name) ?? 0, used: new Date(), locked: false, machines };
    });
  const vms = vmLabs();
  return {
    kept: [...keptBelow(root), ...engine, ...volumes, ...checkpointsOfVms(vms)],
    ground: {
      checkout,
      own: new Set(needsOfVersion(knownStacks().map(readChoice))),
      lists: readNeeds(root),
      labs: labsOf(look, vms, [], checkout),
      looked: look.looked,
      now: new Date(),
    },
  };
}

const labNamed = (stack: string, where = ""): string =>
  `lab ${stack}${where === "" || where === checkout ? "" : ` of ${where}`}`;

/** What machines keep of a moment in their own disks. Pure. */
export const checkpointsOfVms = (vms: readonly VmLab[]): Kept[] =>
  vms.flatMap(({ stack, checkout: where, checkpoints = [] }) =>
    checkpoints.map(({ name, bytes }) => ({
      place: `checkpoint/${stack}/${name}`,
      bytes,
      used: new Date(),
      locked: false,
      machines: [labNamed(stack, where)],
    })),
  );

/** Artifacts before bundles: a bundle's files are links to them, and a file counts once, where it is met first. */
export function keptBelow(root: string): Kept[] {
  if (!existsSync(root)) return [];
  const counted = new Set<number>();
  const of = (place: string, path: string, lock?: string): Kept => {
    const locked = lock !== undefined && isHeld(join(root, "locks", lock));
    return { place, bytes: bytesBelow(path, counted), used: lstatSync(path).mtime, locked, machines: [] };
  };
  const stores = ["artifacts", "bundle"].flatMap((store) =>
    (existsSync(join(root, store)) ? readdirSync(join(root, store)) : []).toSorted().map((name) => {
      const path = join(root, store, name);
      // What a build fills is called .NAME.RANDOM until it is complete, as bundle/store.ts does.
      const [, unfinished] = /^\.(.+?)\.[^.]*(\.scratch-[^.]*)?$/.exec(name) ?? [];
      return unfinished === undefined
        ? of(`${store}/${name}`, path, name)
        : of(`left/${store}/${name}`, path, unfinished);
    }),
  );
  const rest = readdirSync(root)
    .filter((name) => name !== "artifacts" && name !== "bundle")
    .toSorted()
    .map((name) => of(name, join(root, name)));
  return [...stores, ...rest];
}

function bytesBelow(path: string, counted: Set<number>): number {
  const stat: Stats = lstatSync(path);
  const own = counted.has(stat.ino) ? 0 : stat.blocks * 512;
  counted.add(stat.ino);
  if (!stat.isDirectory()) return own;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name), counted), own);
}

/** Machine images by their key; what the worker's and the control plane's image share counts once. */
async function imagesInEngine(): Promise<Kept[]> {
  const ask = async (...args: string[]): Promise<string[][]> => {
    const { stdout = "", exitCode } = await execa("docker", args, { reject: false, stdin: "ignore", timeout: 60_000 });
    return exitCode === 0
      ? stdout
          .split("\n")
          .filter(Boolean)
          .map((line) => line.split("\t"))
      : [];
  };
  const images = await ask("image", "ls", "--format", "{{.Tag}}\t{{.Size}}", "pod-networking-lab/node");
  const containers = await ask("container", "ls", "--all", "--format", "{{.Image}}\t{{.Names}}");
  return imagesByKey(images, containers);
}

/** Pure. */
export function imagesByKey(images: readonly string[][], containers: readonly string[][]): Kept[] {
  const sizes = new Map(images.map(([tag = "", size = ""]) => [tag, toBytes(size)]));
  const keys = new Set([...sizes.keys()].map((tag) => tag.split("-", 1)[0] ?? ""));
  return [...keys].toSorted().map((key) => {
    const size = (name: string): number => sizes.get(`${key}-${name}`) ?? 0;
    const below = size("common") || size("base");
    const above = ["control-plane", "worker"].reduce((sum, name) => sum + Math.max(0, size(name) - below), 0);
    const machines = containers
      .filter(([image = ""]) => image.startsWith(`pod-networking-lab/node:${key}-`))
      .map(([, name = ""]) => `the machine ${name}`);
    return {
      place: `image/${key}`,
      bytes: below + above,
      used: new Date(),
      locked: isHeld(join(cacheRoot(), "locks", `node-image-${key}`)),
      machines,
    };
  });
}

/** docker says "1.16GB", in powers of ten. */
function toBytes(text: string): number {
  const [, number = "0", unit = "B"] = /^([\d.]+)([kMGT]?B)$/.exec(text) ?? [];
  return Number(number) * 1000 ** ["B", "kB", "MB", "GB", "TB"].indexOf(unit);
}
