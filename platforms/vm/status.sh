#!/usr/bin/env bash
# Purpose: what became of the VMs since the last update, asked whenever the program runs: {"NODE": MOMENT, ...}.
# Parameters: STACK, LAB; NODES, separated by spaces.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
# shellcheck source=platforms/moments.sh
. ../moments.sh
: "${STACK:?}" "${LAB:?}" "${NODES:?}"

# A frozen one is to go on, and one that was put back at a checkpoint has no start. Of an earlier version's machine it is asked too: ground.sh has not yet seen
# whose it is.
last_start() { [[ $(whose) != theirs ]] && running >/dev/null && ! frozen && head -n 1 "$(machine_folder)/start" 2>/dev/null; }
print_moments last_start
