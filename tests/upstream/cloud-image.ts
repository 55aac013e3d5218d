// A stand-in for Debian's image for clouds, which only its own site has: the same layout (a partition table, an ext4 root among partitions for
// booting, a kernel and cloud-init in it, a resolver of its own), made of Debian's packages. It does not prove that Debian's has it so.
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** @param root tar of a root file system with a kernel; @returns path of the image, qcow2 */
export async function makeCloudImage(root: string, dir: string): Promise<string> {
  const [tree, system, raw, image] = ["tree", "root.ext4", "cloud.raw", "cloud.qcow2"].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  await mkdir(tree, { recursive: true });
  await execa("tar", ["-C", tree, "--numeric-owner", "--xattrs", "--xattrs-include=*", "-xpf", root]);
  // As Debian has it, and as the lab's VMs must not.
  await writeFile(join(tree, "etc/fstab"), "PARTUUID=11 / ext4 rw 0 1\nPARTUUID=22 /boot/efi vfat defaults 0 0\n");
  await addResolver(tree, dir);
  await execa("rm", ["-f", join(tree, "etc/resolv.conf")]);
  await symlink("../run/systemd/resolve/stub-resolv.conf", join(tree, "etc/resolv.conf"));
  await mkdir(join(tree, "etc/netplan"), { recursive: true });
  await writeFile(join(tree, "etc/netplan/90-default.yaml"), "network: { version: 2 }\n");
  const mebibytes = 2048;
  await execa("mke2fs", ["-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", tree, system, `${mebibytes}M`]);
  await execa("truncate", ["-s", `${mebibytes + 130}M`, raw]);
  await execa("sfdisk", ["--quiet", raw], {
    input: [
      "label: gpt",
      "unit: sectors",
      // Debian's own order: the root partition is the first by number, and the last on the disk.
      `1 : start=262144, size=${mebibytes * 2048}, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709`,
      "14 : start=2048, size=6144, type=21686148-6449-6E6F-744E-656564454649",
      "15 : start=8192, size=253952, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
    ].join("\n"),
  });
  await execa("dd", [`if=${system}`, `of=${raw}`, "bs=1M", "seek=128", "conv=notrunc,sparse", "status=none"]);
  await execa("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, image]);
  await execa("rm", ["-rf", tree, system, raw]);
  return image;
}

/** systemd's resolver, switched on as its package does it, from wherever this machine's apt has it: it must be a Debian of the image's version. */
async function addResolver(tree: string, dir: string): Promise<void> {
  await execa("apt-get", ["download", "systemd-resolved"], { cwd: dir, stdin: "ignore" });
  const deb = (await readdir(dir)).find((name) => /^systemd-resolved_.*\.deb$/.test(name));
  if (deb === undefined) throw new Error("apt-get has put no package of systemd-resolved where it was told to");
  // In the image /lib is a link.
  const unpack = ["-x", "--keep-directory-symlink", "-C", tree];
  await execa("dpkg-deb", ["--fsys-tarfile", join(dir, deb)], { buffer: false }).pipe("tar", unpack);
  await rm(join(dir, deb));
  const units = join(tree, "etc/systemd/system");
  await mkdir(join(units, "sysinit.target.wants"), { recursive: true });
  for (const link of ["sysinit.target.wants/systemd-resolved.service", "dbus-org.freedesktop.resolve1.service"])
    await symlink("/lib/systemd/system/systemd-resolved.service", join(units, link));
}
