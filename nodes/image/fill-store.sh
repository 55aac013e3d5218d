#!/usr/bin/env bash
# Purpose: unpack container images into the store that machines are born with; runs in the machine image, with its containerd.
# Parameters: COMMON, CONTROL_PLANE: the image tars for every machine and for the control plane, separated by spaces;
#   stdin is a tar of those files. /var/lib/containerd must be on a file system that overlay can write to.
# Prints a tar of common.tar, worker.tar and control-plane.tar: what goes over the machine image's root.
#
# What the images hold goes to /opt/podnet/snapshots, and the store refers there by links: it stays in the machine image's
# own layers, shared by all machines, and only the store's small database is copied to a machine's volume.
set -euo pipefail
# shellcheck source=nodes/image/store.sh
. /opt/podnet/store.sh
: "${COMMON:?}" "${CONTROL_PLANE?}"

store=/var/lib/containerd
snapshots=$store/io.containerd.snapshotter.v1.overlayfs/snapshots
work=$(mktemp -d -p "$store")
mkdir -p "$work/in" "$work/out"
tar -xf - -C "$work/in"

# stage NAME: the store without what the images hold, as it is now
stage() {
  local root=$work/$1 id
  mkdir -p "$root$snapshots"
  tar -C "$store" --exclude="./${work##*/}" --exclude="./${snapshots#"$store"/}/*" --exclude='./io.containerd.grpc.v1.introspection/*' \
    -cf - . | tar -xf - -C "$root$store"
  for id in "$snapshots"/*; do
    ln -s "/opt/podnet/snapshots/${id##*/}" "$root$snapshots/${id##*/}"
  done
  pack "$1" -C "$root" .
}

# hold NAME ID...: the content of these snapshots
hold() {
  local name=$1
  shift
  pack "$name" --transform='flags=rh;s,^,opt/podnet/snapshots/,' -C "$snapshots" "$@"
}

pack() {
  local name=$1
  shift
  tar --numeric-owner --xattrs --xattrs-include='security.*' --append --file="$work/out/$name.tar" "$@"
}

cd "$work/in"
start_containerd
# shellcheck disable=SC2086 # a list
import_images $COMMON
stop_containerd
stage worker
find "$snapshots" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort >"$work/before"

start_containerd
# shellcheck disable=SC2086 # a list, possibly empty
import_images $CONTROL_PLANE
stop_containerd
stage control-plane
# By files, not by process substitutions: a command in one of those could fail unseen.
find "$snapshots" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort >"$work/after"
comm -13 "$work/before" "$work/after" >"$work/more"
mapfile -t common <"$work/before"
mapfile -t more <"$work/more"

# Overlay marks a deleted file by such a device; docker would read it as a deletion in a layer of its own.
if [ -n "$(find "$snapshots" -type c -print -quit)" ]; then
  echo "fill-store.sh: an image deletes files of its lower layers: $(find "$snapshots" -type c -print -quit); build it without" >&2
  exit 1
fi
hold common "${common[@]}"
if ((${#more[@]})); then
  hold control-plane "${more[@]}"
fi

tar -C "$work/out" -cf - common.tar worker.tar control-plane.tar
