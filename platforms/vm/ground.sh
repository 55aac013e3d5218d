#!/usr/bin/env bash
# Purpose: see, before anything is made, that this host can carry the VMs; every problem in one go.
# Parameters: STACK, LAB; NODES, separated by spaces; LOGIN, the public key that may log in to the VMs; PORTS on 127.0.0.1 that will be
#   forwarded, separated by spaces; MEMORY of all VMs, MiB; SIZE of all disks, GiB.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
: "${STACK:?}" "${LAB:?}" "${NODES:?}" "${LOGIN:?}" "${PORTS:?}" "${MEMORY:?}" "${SIZE:?}"

# QEMU comes from PATH, or as root on Debian from its package.
node ./qemu.ts >/dev/null

# A folder of an earlier version is this lab's when its machines let this lab's key in, which no other state holds.
lets_in() {
  local seed
  for seed in "$(stack_folder)"/*/seed.iso; do
    if [[ -e $seed ]] && ! grep -aFq "$LOGIN" "$seed"; then
      return 1
    fi
  done
}
if [[ $(whose) == earlier ]] && lets_in; then
  take
fi
if [[ -d $(stack_folder) && $(whose) != ours ]]; then
  echo "the names that this lab needs are taken: $(stack_folder) is the folder of $(owner); this is lab \"$STACK\" ($LAB) of $(checkout)" >&2
  echo "give this lab a stack of another name, with a portBase of its own (./lab up -s NAME), or destroy that one in its checkout" >&2
  exit 1
fi

problems=()
problem() { problems+=("$1"); }

# What this lab's own machines hold is theirs.
mine=()
if [[ -d $(stack_folder) ]]; then
  for machine in "$(stack_folder)"/*/; do
    NODE=$(basename "$machine")
    if pid=$(running); then
      mine+=("$pid")
    fi
  done
fi

for port in $PORTS; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    theirs=yes
    for pid in ${mine[@]+"${mine[@]}"}; do
      if tr '\0' '\n' <"/proc/$pid/cmdline" | grep -Fq "hostfwd=tcp:127.0.0.1:$port-:"; then
        theirs=no
      fi
    done
    if [[ $theirs == yes ]]; then
      problem "port $port on 127.0.0.1 is in use; set portBase to the first of ten free ports, such as 32310"
    fi
  fi
done

# Memory is handed out as a VM touches it: too little would show only later, as a VM that the kernel kills.
available=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
for pid in ${mine[@]+"${mine[@]}"}; do
  available=$((available + $(awk '$1 == "VmRSS:" { print int($2 / 1024) }' "/proc/$pid/status")))
done
if ((MEMORY > available)); then
  problem "the VMs are to have $MEMORY MiB of memory, and this host has $available MiB left; set controlPlaneMemory or workerMemory lower, or have fewer workers"
fi

mkdir -p "$(state_root)"
free=$(df --output=avail --block-size=1M "$(state_root)" | tail -n 1 | tr -d ' ')
used=0
if [[ -d $(stack_folder) ]]; then
  used=$(du --summarize --block-size=1M "$(stack_folder)" | cut -f 1)
fi
if ((SIZE * 1024 > free + used)); then
  problem "the VMs' disks may grow to $SIZE GiB, and $(state_root) has $(((free + used) / 1024)) GiB left; set controlPlaneDisk or workerDisk lower, or free some"
fi

if ((${#problems[@]})); then
  printf '%s\n' "${problems[@]}" >&2
  exit 1
fi
