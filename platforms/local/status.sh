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

machines=$(for NODE in $NODES; do machine_name; done)
# What the engine says of each that there is: one question for all.
# shellcheck disable=SC2086 # words
told=$(docker container inspect --format "{{.Name}} {{.State.StartedAt}} {{index .Config.Labels \"$id_label\"}}" $machines 2>/dev/null) || true
# And what each has noted, all at once. The file of a machine that does not run, or is paused, cannot be read: it is to be started, or to go on.
noted=""
if [[ -n $told ]]; then
  noted=$(xargs -P 0 -I MACHINE docker exec MACHINE sed "s|^|/MACHINE |" "$start_file" <<<"$machines" 2>/dev/null) || true
fi

last_start() {
  local machine moment by_lab
  machine=/$(machine_name)
  read -r _ moment by_lab _ <<<"$(grep -F -- "$machine " <<<"$noted")"
  # A machine of an earlier version has no id.
  [[ -n $moment ]] && grep -q -x -F -e "$machine $by_lab $LAB" -e "$machine $by_lab " <<<"$told" && echo "$moment"
}
print_moments last_start
