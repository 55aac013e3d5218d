#!/usr/bin/env bash
# Purpose: be process 1 of a stranger's machine: see what a machine mounts, turn its folder into the root file system, start its dockerd.
#   It runs in namespaces of its own (mount, pid, net, uts, ipc): whatever is mounted or started here is gone when this process is.
# Parameters: ROOT, its root file system; NAME, of the machine and of its control group; HOME_DIR, in ROOT, of who has the checkout;
#   MODULES, node_modules of the checkout; NODE, a program; CACHE, where this machine's lab keeps what it has built; UPPER, a folder for
#   what is written over it.
set -euo pipefail
: "${ROOT:?}" "${NAME:?}" "${HOME_DIR:?}" "${MODULES:?}" "${NODE:?}" "${CACHE:?}" "${UPPER:?}"

mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t sysfs sysfs "$ROOT/sys"
mount --rbind /sys/fs/cgroup "$ROOT/sys/fs/cgroup"
mount --rbind /dev "$ROOT/dev"
for folder in dev/shm run tmp; do
  mount -t tmpfs -o mode=1777 tmpfs "$ROOT/$folder"
done

# What this machine has built or fetched already: the stranger's would take half an hour for it.
mount --bind -o ro "$NODE" "$ROOT/usr/local/bin/node"
# lay UNDER FOLDER: the content of UNDER, with whatever the stranger writes kept apart.
lay() {
  local folder=$ROOT$HOME_DIR/$2 upper=$UPPER/${2##*/}
  mkdir -p "$upper/work" "$upper/upper"
  chown --reference "$folder" "$upper/upper"
  mount -t overlay -o "lowerdir=$1,upperdir=$upper/upper,workdir=$upper/work" overlay "$folder"
}
lay "$MODULES" lab/node_modules
lay "$CACHE/artifacts" .cache/pod-networking-lab/artifacts
lay "$CACHE/bundle" .cache/pod-networking-lab/bundle

# By this machine's programs: the stranger's may have none.
ip link set lo up
hostname "$NAME"

# runc turns the root of its containers too, and can do so only from a root that is a mount.
cd "$ROOT"
mkdir -p old
pivot_root . old
cd /
umount -l /old

if command -v dockerd >/dev/null; then
  dockerd --cgroup-parent "/$NAME" >/var/log/dockerd.log 2>&1 &
fi
# Process 1 of a machine reaps what others have left.
while :; do
  sleep 1000 &
  wait -n || true
done
