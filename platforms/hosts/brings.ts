import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { bundleRecipe } from "../../bundle/recipes/index.ts";
import { versions } from "../../bundle/versions.ts";

/** What a host gets of the machine image's own files, just as they are there: the rest of them is for a machine that is the lab's alone. */
const files = [
  "etc/containerd/config.toml",
  "etc/crictl.yaml",
  "etc/systemd/system/containerd.service",
  "etc/systemd/system/kubelet.service",
  "etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
];

const folder = join(import.meta.dirname, "..", "..", "nodes", "image", "files");

/** Texts by path on the host, as nodes/host/install.sh reads them. */
export function configuration(): string {
  return JSON.stringify(
    Object.fromEntries(files.map((path) => [`/${path}`, readFileSync(join(folder, path), "utf8")])),
  );
}

/** Every path at which something will be placed; nodes/lib/footprint.sh knows what the scripts write besides. */
export const brought: readonly string[] = [
  ...bundleRecipe("amd64", versions.kubernetes).programs.map(
    ({ path }) => `${path.startsWith("cni/") ? "/opt/cni/bin" : "/usr/local/bin"}/${basename(path)}`,
  ),
  ...files.map((path) => `/${path}`),
];
