import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { estimate } from "../../bundle/estimate.ts";
import { planned } from "../../bundle/progress.ts";
import { cacheRoot } from "../../bundle/store.ts";
import type { Decided } from "../../bundle/choice.ts";
import { diskKey, missingForDisk } from "../../platforms/vm/disk.ts";
import { installBy, readOrNothing } from "../../bundle/tools.ts";
import { findQemu } from "../../platforms/vm/qemu.ts";
import { configValue } from "../stack/config.ts";
import type { Finding } from "./finding.ts";

/** What a lab on virtual machines looks at, and one on containers does not. */
export interface VmFacts {
  readonly qemu: string | undefined;
  /** Debian packages that are not there. */
  readonly missing: readonly string[];
  /** tested: the probe has booted a kernel since the host did, and this came of it. */
  readonly kvm: "no device" | "no permission" | "not tested yet" | "works" | "does not boot a kernel";
  /** Group that may use /dev/kvm. */
  readonly kvmGroup: string;
  /** Name of the disk in the store. */
  readonly disk: string;
  /** Seconds that building the disk takes; 0 when it is there. */
  readonly diskSeconds: number;
  /** MiB that the VMs are to have. */
  readonly memoryWanted: number;
  /** MiB that this host has left. */
  readonly memoryLeft: number;
}

export function gatherVmFacts(stack: string, decided: Decided): VmFacts {
  const number = (key: string): number => Number(configValue(stack, key));
  const { version, missing } = findQemu();
  const disk = diskKey(decided);
  return {
    disk,
    qemu: version,
    missing,
    kvm: kvm(disk),
    kvmGroup: kvmGroup(),
    diskSeconds: planned(missingForDisk(decided)).reduce((sum, { about }) => sum + about, 0),
    memoryWanted: number("controlPlaneMemory") + number("workers") * number("workerMemory"),
    memoryLeft: Math.floor(Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text("/proc/meminfo"))?.[1] ?? 0) / 1024),
  };
}

/** Where it has no name, what most distributions call it. */
function kvmGroup(): string {
  const gid = statSync("/dev/kvm", { throwIfNoEntry: false })?.gid;
  return new RegExp(`^([^:]+):[^:]*:${gid}:`, "m").exec(text("/etc/group"))?.[1] ?? "kvm";
}

function kvm(disk: string): VmFacts["kvm"] {
  if (!existsSync("/dev/kvm")) return "no device";
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return "no permission";
  }
  const [boot, tried, answer] = text(join(cacheRoot(), "vm-accel")).trim().split(" ");
  if (boot !== text("/proc/sys/kernel/random/boot_id").trim() || tried !== disk) return "not tested yet";
  return answer === "kvm" ? "works" : "does not boot a kernel";
}

/** Pure. */
export function judgeVm(facts: VmFacts, canInstall: boolean, apt: boolean): Finding[] {
  return [qemu(facts, canInstall, apt), acceleration(facts), room(facts), disk(facts)];
}

function qemu({ qemu: version, missing }: VmFacts, canInstall: boolean, apt: boolean): Finding {
  if (version !== undefined && missing.length === 0) return { what: "QEMU", verdict: "ok", found: version };
  const found = `missing: ${missing.join(", ")}`;
  if (canInstall) return { what: "QEMU", verdict: "lab", found, remedy: "./lab up installs it" };
  return { what: "QEMU", verdict: "you", found, remedy: `install it: ${installBy(missing.join(" "), apt)}` };
}

function acceleration({ kvm: found, kvmGroup: group }: VmFacts): Finding {
  const what = "KVM";
  switch (found) {
    case "works":
      return { what, verdict: "ok", found };
    case "not tested yet":
      return { what, verdict: "ok", found: "there; ./lab up boots a kernel to see whether it works" };
    case "no permission":
      return {
        what,
        verdict: "note",
        found,
        remedy: `without it everything is emulated, 20 to 40 times slower: sudo usermod -aG ${group} $USER`,
      };
    case "no device":
    case "does not boot a kernel":
      return {
        what,
        verdict: "note",
        found,
        remedy: "processors are emulated, 20 to 40 times slower: a lab of three takes 15 minutes or more",
      };
    default: {
      const unknown: never = found;
      throw new Error(`no such answer: ${String(unknown)}`);
    }
  }
}

function room({ memoryWanted, memoryLeft }: VmFacts): Finding {
  const found = `${memoryWanted} MiB wanted, ${memoryLeft} MiB free`;
  if (memoryWanted <= memoryLeft) return { what: "memory for VMs", verdict: "ok", found };
  return {
    what: "memory for VMs",
    verdict: "note",
    found,
    remedy: "unless they run already: ./lab -s STACK pulumi config set workerMemory 1536",
  };
}

function disk({ disk: name, diskSeconds }: VmFacts): Finding {
  if (diskSeconds === 0) return { what: "VM disk", verdict: "ok", found: name };
  return {
    what: "VM disk",
    verdict: "lab",
    found: "not there yet",
    remedy: `./lab up makes it, about ${estimate(diskSeconds)}`,
  };
}

const text = (path: string): string => readOrNothing(path) ?? "";
