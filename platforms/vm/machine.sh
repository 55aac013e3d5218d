#!/usr/bin/env bash
# Purpose: a machine of the lab: a QEMU virtual machine, which lives on when this script has ended.
# Parameters: the verb, create or delete; STACK, LAB, NODE. For create also
#   DISK        name in the store of the disk that it starts from
#   SIZE        of its own disk, GiB
#   CPUS        virtual processors
#   MEMORY      MiB
#   MACS        link-layer addresses of its two interfaces: to the outside, and to the other machines
#   SSH_PORT    port on 127.0.0.1 for its sshd
#   API_PORT    port on 127.0.0.1 for its API server, or empty
#   START       kept for status.sh: another value for another start
#   stdin       cloud-init's user-data, meta-data and network-config, each in base64, a line each: a secret
# The disk of a machine of that name is kept when it was made from the same disk and seed, and made anew otherwise. A machine that does
# not run is started; one that runs with other parameters is shut down first. Another lab's is left alone.
# Prints {"id": ..., "start": ...} once sshd answers: the id is another one when the disk is, and start when the machine was started.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
# shellcheck source=platforms/verbs.sh
. ../verbs.sh
: "${STACK:?}" "${NODE:?}"

verbs=$PWD
folder=$(machine_folder)

# The machines' common segment: a multicast group that only loopback carries. No two labs of this host may meet there.
segment() {
  local sum
  sum=$(printf '%s' "$(state_root)/$STACK" | sha256sum)
  printf '239.%d.%d.%d:%d' "0x${sum:0:2}" "0x${sum:2:2}" "0x${sum:4:2}" "$((20000 + 0x${sum:6:3}))"
}

# make_disk: its own layer over the disk that all share, and the seed that cloud-init reads at the first boot.
make_disk() {
  local drive
  rm -rf "$folder"
  mkdir -p "$folder/seed"
  base64 --decode <<<"$user_data" >"$folder/seed/user-data"
  base64 --decode <<<"$meta_data" >"$folder/seed/meta-data"
  base64 --decode <<<"$network_config" >"$folder/seed/network-config"
  xorriso -as genisoimage -quiet -volid cidata -joliet -rational-rock -output "$folder/seed.iso" "$folder/seed" 2>"$folder/seed.log"
  rm -r "$folder/seed" "$folder/seed.log"
  drive=$folder/disk.qcow2
  qemu-img create -q -f qcow2 -b "$disk/disk.raw" -F raw "$drive" "${SIZE}G"
  tr -d '\n' </proc/sys/kernel/random/uuid >"$folder/id"
  # Last: a folder without it was left by an interrupted run.
  echo "$made_from" >"$folder/made-from"
}

# What this QEMU is called with, but for the accelerator.
arguments() {
  # In QEMU's options a comma is written twice.
  local forwards="hostfwd=tcp:127.0.0.1:$SSH_PORT-:22" path=${folder//,/,,} outside inside
  if [[ -n $API_PORT ]]; then
    forwards+=",hostfwd=tcp:127.0.0.1:$API_PORT-:6443"
  fi
  read -r outside inside <<<"$MACS"
  printf '%s\n' -name "guest=podnet-$STACK-$NODE" -nodefaults -no-user-config -display none -daemonize -pidfile "$folder/pid" \
    -smp "$CPUS" -m "$MEMORY" -kernel "$disk/vmlinuz" -initrd "$disk/initrd.img" \
    -chardev socket,id=control,path=qmp.sock,server=on,wait=off -mon chardev=control,mode=control \
    -chardev "file,id=console,path=$path/console.log,append=on" -serial chardev:console \
    -drive "if=none,id=disk,format=qcow2,file=$path/disk.qcow2,discard=unmap" -device virtio-blk-pci,drive=disk \
    -drive "if=none,id=seed,format=raw,read-only=on,file=$path/seed.iso" -device virtio-blk-pci,drive=seed \
    -netdev "user,id=outside,$forwards" -device "virtio-net-pci,netdev=outside,mac=$outside" \
    -netdev "socket,id=inside,mcast=$(segment),localaddr=127.0.0.1" -device "virtio-net-pci,netdev=inside,mac=$inside" \
    -device virtio-rng-pci
}

start() {
  local accel console=ttyS0 machine=q35 cmdline given=()
  accel=$(DISK="$DISK" "$verbs/accel.sh")
  if [[ $qemu == *aarch64 ]]; then
    console=ttyAMA0 machine=virt
  fi
  # eth0 and eth1, as in the course: in the order of the devices.
  cmdline="root=/dev/vda rw console=$console net.ifnames=0 panic=10 loglevel=5"
  arguments >"$folder/arguments.new"
  mapfile -t given <"$folder/arguments.new"
  case $accel in
    kvm) given+=(-machine "$machine,accel=kvm" -cpu host) ;;
    # What a processor's mitigations cost is paid many times over where it is emulated.
    tcg) given+=(-machine "$machine" -accel "tcg,thread=multi,tb-size=512" -cpu max) cmdline+=" mitigations=off" ;;
    *)
      echo "accel.sh says \"$accel\", which is neither kvm nor tcg" >&2
      exit 1
      ;;
  esac
  echo "starting $NODE ($accel, ${CPUS} vCPU, ${MEMORY} MiB)" >&2
  rm -f "$(frozen_file)"
  launch "${given[@]}" -append "$cmdline" || {
    echo "QEMU does not start $NODE:" >&2
    cat "$folder/qemu.log" >&2
    exit 1
  }
  mv "$folder/arguments.new" "$folder/arguments"
}

alive() { running >/dev/null; }
last_words() {
  tail -n "$1" "$folder/console.log" 2>/dev/null | tr -d '\r' | sed 's/\x1b\[[0-9;]*[A-Za-z]//g'
  if (($1 > 1)); then
    echo "all of them: $folder/console.log"
  fi
}

# The start that the lab has asked for last, as status.sh reads it, and when the machine was last started: another moment where it had to be
# started for another reason, such as other parameters.
keep_start() { printf '%s\n' "$1" "$2" >"$folder/start"; }

create() {
  : "${DISK:?}" "${SIZE:?}" "${CPUS:?}" "${MEMORY:?}" "${MACS:?}" "${SSH_PORT:?}" "${API_PORT?}" "${START:?}" "${LAB:?}"
  local asked="" moment="" started=no
  read -r user_data
  read -r meta_data
  read -r network_config
  disk=$(cache_root)/artifacts/$DISK
  if [[ $(whose) == nobody ]]; then
    take
  fi
  if [[ $(whose) != ours ]]; then
    echo "$(stack_folder) is the folder of $(owner), and not of this lab \"$STACK\" ($LAB) of $(checkout); nothing of it is touched" >&2
    exit 1
  fi
  # The user may have cleaned up the cache since the disk was built.
  if [[ ! -e $disk/disk.raw ]]; then
    node ./disk.ts >&2
  fi

  umask 077
  mkdir -p "$(stack_folder)"
  exec 9>"$(stack_folder)/$NODE.lock"
  # The verb of an update that was killed may still be at work.
  flock 9
  # A disk built anew has another uuid, and a layer over the old one would be nonsense on it.
  made_from=$(printf '%s\n' "$(<"$disk/uuid")" "$SIZE" "$user_data" "$meta_data" "$network_config" | sha256sum | cut -c 1-16)
  if [[ $(cat "$folder/made-from" 2>/dev/null) != "$made_from" ]]; then
    forget
    make_disk
  elif running >/dev/null && [[ $(<"$folder/arguments") != "$(arguments)" ]]; then
    echo "$NODE is to run with other parameters; shutting it down" >&2
    shut_down
  fi
  if frozen && running >/dev/null; then
    echo "$NODE was frozen; it goes on" >&2
    go_on
  elif ! running >/dev/null; then
    start
    started=yes
  fi
  # As long as it takes on an emulated processor that three share.
  await_sshd "$NODE" 1200 10
  if [[ -e $folder/start ]]; then
    # An earlier version kept the one moment.
    { read -r asked && read -r moment; } <"$folder/start" || moment=$asked
  fi
  if [[ $asked != "$START" ]]; then
    moment=$START
  elif [[ $started == yes ]]; then
    moment=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
  fi
  keep_start "$START" "$moment"
  printf '{"id":"%s","start":"%s"}\n' "$(<"$folder/id")" "$moment"
}

delete() {
  local owned
  owned=$(whose)
  if [[ $owned == theirs ]] || { [[ $owned == earlier && -d $folder ]] && ! recorded; }; then
    echo "$folder is the folder of $(owner): it stays" >&2
    return
  fi
  forget
  rm -f "$(stack_folder)/$NODE.lock"
}

run_verb "$@"
