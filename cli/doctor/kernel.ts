import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";
import { readOrNothing } from "../../bundle/tools.ts";

export const features = ["vxlan", "bridge", "br_netfilter", "overlay"] as const;
export type Feature = (typeof features)[number];

/** loadable: a module file is there, and the kernel takes it when it is first needed. */
export type FeatureState = "built in" | "loaded" | "loadable" | "works" | "missing" | "unknown";

const options: Readonly<Record<Feature, string>> = {
  vxlan: "CONFIG_VXLAN",
  bridge: "CONFIG_BRIDGE",
  br_netfilter: "CONFIG_BRIDGE_NETFILTER",
  overlay: "CONFIG_OVERLAY_FS",
};

/** Asks the kernel first, its files next, and tries it out last: minimal kernels ship no files, and containers see no modules. */
export function featureState(feature: Feature): FeatureState {
  if (feature === "overlay" && /^nodev\toverlay$/m.test(text("/proc/filesystems"))) return "works";
  if (feature === "br_netfilter" && existsSync("/proc/sys/net/bridge/bridge-nf-call-iptables")) return "works";
  if (existsSync(`/sys/module/${feature}/refcnt`)) return "loaded";
  const modules = `/lib/modules/${release()}`;
  const inFiles = judgeFiles(feature, config(), text(`${modules}/modules.builtin`), text(`${modules}/modules.dep`));
  return inFiles === "unknown" || inFiles === "missing" ? (tryOut(feature) ?? inFiles) : inFiles;
}

/** What the kernel's own files say of a feature. Pure. */
export function judgeFiles(feature: Feature, kernelConfig: string, builtin: string, dep: string): FeatureState {
  const setting = new RegExp(`^${options[feature]}=([ym])$`, "m").exec(kernelConfig)?.[1];
  const file = new RegExp(`/${feature}\\.ko`);
  if (setting === "y" || file.test(builtin)) return "built in";
  if (file.test(dep)) return "loadable";
  if (kernelConfig === "" && builtin === "" && dep === "") return "unknown";
  return kernelConfig !== "" && setting === undefined ? "missing" : "unknown";
}

/** A link of that type, made and removed again; undefined when that cannot be tried. */
function tryOut(feature: Feature): FeatureState | undefined {
  if (process.getuid?.() !== 0 || (feature !== "vxlan" && feature !== "bridge")) return undefined;
  const name = `podnet-try${process.pid % 10_000}`;
  const details = feature === "vxlan" ? ["id", "4242", "dstport", "8472", "dev", "lo"] : [];
  try {
    execFileSync("ip", ["link", "add", name, "type", feature, ...details], { stdio: "ignore" });
    execFileSync("ip", ["link", "delete", name], { stdio: "ignore" });
    return "works";
  } catch {
    return undefined;
  }
}

function config(): string {
  try {
    return gunzipSync(readFileSync("/proc/config.gz")).toString();
  } catch {
    return text(`/boot/config-${release()}`);
  }
}

const text = (path: string): string => readOrNothing(path) ?? "";
