#!/usr/bin/env bash
# Purpose: what became of the VMs since the last update, asked whenever the program runs: {"NODE": MOMENT, ...}.
# Parameters: STACK; NODES, separated by spaces.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
# shellcheck source=platforms/moments.sh
. ../moments.sh
: "${STACK:?}" "${NODES:?}"

last_start() { running >/dev/null && cat "$(machine_folder)/start"; }
print_moments last_start
