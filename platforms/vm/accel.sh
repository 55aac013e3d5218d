#!/usr/bin/env bash
# Purpose: whether KVM works here: "kvm" or "tcg" (emulation) on stdout. That /dev/kvm is there says little: a small VM is booted.
# Parameters: DISK, name of the VMs' disk in the store, for its kernel. The answer is kept until the host boots again.
set -euo pipefail
cd "$(dirname "$0")"
STACK=""
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
: "${DISK:?}"

disk=$(cache_root)/artifacts/$DISK
answer=$(cache_root)/vm-accel
boot=$(</proc/sys/kernel/random/boot_id)
seconds=15
device=/dev/kvm

# The kernel's own words just before the first process; by then it has used the processor, memory and interrupts.
marker="Run /init as init process"

# Called as a condition: nothing in it ends this script.
kvm_boots() {
  local console pid deadline=$((SECONDS + seconds)) machine=q35 cmdline="console=ttyS0"
  if [[ $qemu == *aarch64 ]]; then
    machine=virt cmdline="console=ttyAMA0"
  fi
  console=$(mktemp)
  "$qemu" -nodefaults -no-user-config -display none -no-reboot -machine "$machine,accel=kvm" -cpu host -m 512 \
    -kernel "$disk/vmlinuz" -initrd "$disk/initrd.img" -append "$cmdline panic=-1" -serial "file:$console" \
    </dev/null >/dev/null 2>&1 9>&- &
  pid=$!
  until grep -aFq "$marker" "$console" || ((SECONDS >= deadline)) || ! kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
  done
  # It may have ended by itself.
  kill -KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  grep -aFq "$marker" "$console"
  local result=$?
  rm -f "$console"
  return "$result"
}

# Without permission nothing is learnt of KVM, and nothing is kept: the user may have it at the next start.
if [[ -e $device && ! (-r $device && -w $device) ]]; then
  group=$(stat -c %G "$device")
  echo "this user may not use $device, so the VMs' processors are emulated, some 20 to 40 times slower; run: sudo usermod -aG $group \$USER, and log in again" >&2
  echo tcg
  exit
fi

# Three VMs start at once, and one of them asks.
exec 9>"$answer.lock"
flock 9
if [[ -r $answer ]] && read -r known_boot known_disk accel <"$answer" && [[ $known_boot == "$boot" && $known_disk == "$DISK" ]]; then
  echo "$accel"
  exit
fi
accel=tcg
# The shell's own message about a QEMU that aborted is dropped.
if [[ -e $device ]] && kvm_boots 2>/dev/null; then
  accel=kvm
else
  echo "KVM boots no kernel here (tried for up to $seconds s): the VMs' processors are emulated, some 20 to 40 times slower" >&2
fi
echo "$boot $DISK $accel" >"$answer"
echo "$accel"
