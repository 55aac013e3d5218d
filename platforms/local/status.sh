#!/usr/bin/env bash
# Purpose: what became of the machines since the last update, asked whenever the program runs: {"NODE": MOMENT, ...}.
# Parameters: STACK, LAB; NODES, separated by spaces.
# Where no engine answers, no machine runs. That is not an error: a preview asks this too.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
# shellcheck source=platforms/moments.sh
. ../moments.sh
: "${STACK:?}" "${LAB:?}" "${NODES:?}"

# The file of a machine that does not run, or is paused, cannot be read: it is to be started, or to go on.
last_start() {
  local machine noted now moment by_lab
  machine=$(machine_name)
  noted=$(docker exec "$machine" cat "$start_file" 2>/dev/null) || return 1
  read -r moment by_lab _ <<<"$noted"
  # A machine of an earlier version has no id.
  now=$(docker container inspect --format "{{.State.StartedAt}} {{index .Config.Labels \"$id_label\"}}" "$machine") || return 1
  [[ $now == "$by_lab $LAB" || $now == "$by_lab " ]] && echo "$moment"
}
print_moments last_start
