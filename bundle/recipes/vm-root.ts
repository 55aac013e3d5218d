import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { assertRuns, mmdebstrap } from "../debian.ts";
import { type Arch, versions } from "../versions.ts";
import { born, withoutDocumentation } from "./packages.ts";

/** What a VM needs besides: a kernel, device events, a file system's tools, and who reads its seed. */
const bornAsVm = (arch: Arch): string[] => [`linux-image-cloud-${arch}`, "udev", "e2fsprogs", "cloud-init"];

/**
 * The kernel is handed its disk by QEMU: an initial RAM file system with what mounts that disk, and nothing else, is unpacked
 * in a fraction of the time, which on an emulated processor is several seconds a boot.
 */
const initrd = `mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
  echo MODULES=list >"$1/etc/initramfs-tools/conf.d/podnet"
  printf '%s\\n' virtio_pci virtio_blk ext4 crc32c_generic >"$1/usr/share/initramfs-tools/modules.d/podnet"`;

/** `root.tar`: a VM's root file system, its kernel and initrd in /boot; the lab's own programs are not in it yet. */
export function vmRoot(arch: Arch): Artifact {
  return {
    name: "vm-root",
    arch,
    about: 120,
    inputs: { born, debian: versions.debian, text: readFileSync(import.meta.filename, "utf8"), withoutDocumentation },
    needs: [],
    async build(context) {
      assertRuns(arch);
      context.note("Debian, a kernel, cloud-init");
      await mmdebstrap(context, arch, [
        "--variant=minbase",
        `--include=${[...born, ...bornAsVm(arch)].join(",")}`,
        ...withoutDocumentation,
        `--essential-hook=${initrd}`,
        versions.debian,
        join(context.out, "root.tar"),
      ]);
    },
  };
}
