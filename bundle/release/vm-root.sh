#!/usr/bin/env bash
# Purpose: take the root file system out of Debian's image for clouds and put the lab's packages into it. Runs as root in a mount and
#   PID namespace of its own (vm-root.ts sees to that): what it mounts and starts ends with it.
# Parameters:
#   IMAGE           the image, qcow2
#   SCRIPT          what to do inside: vm-packages.sh
#   BORN, SOURCES   its parameters
#   SCRATCH         an empty directory, removed by the caller
#   OUT             where root.tar goes
# Exit status: 3 when packages cannot be had.
set -euo pipefail
: "${IMAGE:?}" "${SCRIPT:?}" "${BORN:?}" "${SCRATCH:?}" "${OUT:?}"
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "$(dirname "$0")/debian.sh"
root=$SCRATCH/root raw=$SCRATCH/cloud.raw system=$SCRATCH/root.ext4

echo "taking Debian's image apart" >&2
qemu-img convert -O raw "$IMAGE" "$raw"
# The largest partition: the others are for booting on a machine of its own.
read -r start size < <(sfdisk --dump "$raw" | sed -nE 's/.*start= *([0-9]+), size= *([0-9]+).*/\1 \2/p' | sort -k 2 -n | tail -n 1)
dd if="$raw" of="$system" bs=4M iflag=skip_bytes,count_bytes skip="$((start * 512))" count="$((size * 512))" conv=sparse status=none
rm "$raw"

# Not by the kernel: that would take a loop device, which not everyone may have.
mkdir "$SCRATCH/mnt" "$root"
fuse2fs "$system" "$SCRATCH/mnt" -o ro >/dev/null
tar -C "$SCRATCH/mnt" --numeric-owner --xattrs --xattrs-include='*' --exclude=./lost+found -cf - . |
  tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' -xpf -
umount "$SCRATCH/mnt"
rm "$system"

mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
cat "$(dirname "$0")/debian.sh" "$SCRIPT" >"$root/run/packages.sh"
cp --dereference /etc/resolv.conf "$root/run/resolv.conf"
ca=$(authorities)
if [[ -n $ca ]]; then
  cp --dereference "$ca" "$root/run/podnet-ca.pem"
fi
proxies=()
for variable in "${proxy_variables[@]}"; do
  if [[ -n ${!variable:-} ]]; then
    proxies+=("$variable=${!variable}")
  fi
done
chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${proxies[@]}" \
  BORN="$BORN" SOURCES="${SOURCES:-}" bash /run/packages.sh || {
  echo "cannot fetch Debian's packages; mirrors.apt names another place to take them from" >&2
  exit 3
}
umount --recursive "$root/run" "$root/proc" "$root/sys" "$root/dev"

echo "root file system" >&2
tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' --sort=name -cf "$OUT/root.tar" .
