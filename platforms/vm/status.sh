#!/usr/bin/env bash
# Purpose: what became of the VMs since the last update, asked whenever the program runs: {"NODE": MOMENT, ...}.
# Parameters: STACK; NODES, separated by spaces.
# A machine that runs keeps the moment of its last start by machine.sh. For any other it is now: another value than the one in
# the state, so that the update starts or makes the machine.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
: "${STACK:?}" "${NODES:?}"

now=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
separator="{"
for NODE in $NODES; do
  moment=$now
  if running >/dev/null && [[ -s $(machine_folder)/start ]]; then
    moment=$(<"$(machine_folder)/start")
  fi
  printf '%s"%s":"%s"' "$separator" "$NODE" "$moment"
  separator=","
done
echo "}"
