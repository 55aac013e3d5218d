#!/usr/bin/env bash
# Purpose: make the disk that VMs start from. Runs in a mount and PID namespace of its own (disk.ts sees to that), as root there:
#   what it mounts and starts ends with it.
# Parameters:
#   ROOT      tar of the root file system, with a kernel
#   BUNDLE    directory of the bundle
#   SANDBOX   reference of the pause image
#   SCRATCH   an empty directory, removed by the caller
#   OUT       where disk.raw, vmlinuz, initrd.img and uuid go
set -euo pipefail
: "${ROOT:?}" "${BUNDLE:?}" "${SANDBOX:?}" "${SCRATCH:?}" "${OUT:?}"
nodes=$(cd "$(dirname "$0")/../../nodes" && pwd)
root=$SCRATCH/root

mkdir "$root"
tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' -xpf "$ROOT"

# Modes as they are meant, not as the owner's umask made them in the checkout.
copy() {
  mkdir -p "$2"
  tar -C "$1" --mode=go=u-w --owner=0 --group=0 -cf - . | tar -C "$2" --no-same-owner -xpf - --no-overwrite-dir
}
copy "$BUNDLE/bin" "$root/usr/local/bin"
copy "$BUNDLE/cni" "$root/opt/cni/bin"
copy "$nodes/image/files" "$root"
copy "$nodes/disk/files" "$root"
if [[ -d $BUNDLE/debs ]]; then
  copy "$BUNDLE/debs" "$root/opt/podnet/debs"
else
  # The machine asks Debian's archive when the time has come.
  rm "$root/etc/apt/sources.list.d/podnet.list"
  mkdir -p "$root/opt/podnet"
fi
install -m 0755 "$nodes/image/install.sh" "$nodes/image/store.sh" "$nodes/disk/fill-store.sh" "$root/opt/podnet/"
install -m 0755 "$nodes/disk/install.sh" "$root/opt/podnet/install-vm.sh"

mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/mnt"
mkdir "$root/mnt/images"
mount --bind "$BUNDLE/images" "$root/mnt/images"

inside() { chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }
inside SANDBOX="$SANDBOX" bash /opt/podnet/install.sh
inside bash /opt/podnet/install-vm.sh
echo "container images into the store"
inside sh -c 'exec /opt/podnet/fill-store.sh /mnt/images/*.tar'

umount --recursive "$root/mnt" "$root/run" "$root/proc" "$root/sys" "$root/dev"

mv "$root"/boot/vmlinuz-* "$OUT/vmlinuz"
mv "$root"/boot/initrd.img-* "$OUT/initrd.img"
# What is left in /boot is the kernel's configuration, which kubeadm's preflight reads.
rm -f "$root"/{vmlinuz,initrd.img}{,.old}

# What it holds and some room; a VM's own disk is larger, and the file system grows into it at the first boot.
echo "file system"
megabytes=$(du --summarize --block-size=1M "$root" | cut -f 1)
tr -d '\n' </proc/sys/kernel/random/uuid >"$OUT/uuid"
mke2fs -q -t ext4 -m 0 -L podnet-root -U "$(<"$OUT/uuid")" -E root_owner=0:0 -d "$root" "$OUT/disk.raw" "$((megabytes * 5 / 4 + 256))M"
chmod 0444 "$OUT"/*
