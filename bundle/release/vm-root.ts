import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { assertRuns } from "../debian.ts";
import { debianSources, downloadUrl, type Mirrors } from "../mirrors.ts";
import { born } from "../recipes/packages.ts";
import { ensureTools } from "../tools.ts";
import { type Arch, releaseVersions, versions } from "../versions.ts";
import { downloaded, obtain } from "./fetch.ts";
import type { Download, Package } from "./plan.ts";

/** What both of them source. */
const shared = join(import.meta.dirname, "debian.sh");
const scripts = ["vm-root.sh", "vm-packages.sh"].map((name) => join(import.meta.dirname, name));

/** Debian's image for clouds, with a kernel and cloud-init in it, and where its sum is published. Pure. */
export function cloudImage(arch: Arch, mirrors: Mirrors): Download {
  const base = `https://cloud.debian.org/images/cloud/${versions.debian}/latest`;
  const file = `debian-${releaseVersions.debian}-genericcloud-${arch}.qcow2`;
  return {
    url: downloadUrl(`${base}/${file}`, mirrors),
    sums: downloadUrl(`${base}/SHA512SUMS`, mirrors),
    to: "cloud.qcow2",
  };
}

export function cloudImagePackage(arch: Arch, mirrors: Mirrors): Package {
  return { name: "cloud-image", megabytes: 330, downloads: [cloudImage(arch, mirrors)] };
}

/** The same `root.tar` that is built from packages elsewhere (bundle/recipes/vm-root.ts), made of Debian's image for clouds. */
export function releaseVmRoot(arch: Arch, mirrors: Mirrors): Artifact {
  const image = downloaded(cloudImagePackage(arch, mirrors), arch);
  const SOURCES = debianSources(versions.debian, mirrors).join("\n");
  return {
    name: "release-vm-root",
    arch,
    about: 90,
    inputs: { born, SOURCES, scripts: [...scripts, shared].map((file) => readFileSync(file, "utf8")) },
    needs: [image],
    async build(context) {
      assertRuns(arch);
      await ensureTools(["qemu-utils", "fdisk", "fuse2fs", "mount"], context.run);
      const [inNamespace = "", inRoot = ""] = scripts;
      // A user other than root becomes root in a user namespace; what is mounted or started there ends with it.
      const mapped = process.getuid?.() === 0 ? [] : ["--map-root-user", "--map-auto"];
      const args = [...mapped, "--mount", "--pid", "--fork", "--kill-child", "bash", inNamespace];
      await obtain(context, "unshare", args, {
        IMAGE: join(context.dirOf(image), "cloud.qcow2"),
        SCRIPT: inRoot,
        BORN: born.join(" "),
        SOURCES,
        SCRATCH: context.scratch,
        OUT: context.out,
      });
    },
  };
}
