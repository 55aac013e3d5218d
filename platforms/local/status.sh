#!/usr/bin/env bash
# Purpose: what became of the machines since the last update, asked whenever the program runs: {"NODE": MOMENT, ...}.
# Parameters: STACK; NODES, separated by spaces.
# Where no engine answers nothing runs: that is no error of a question that a preview asks too.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
# shellcheck source=platforms/moments.sh
. ../moments.sh
: "${STACK:?}" "${NODES:?}"

last_start() {
  local machine moment by_lab
  machine=$(machine_name)
  read -r moment by_lab < <(docker exec "$machine" cat "$start_file" 2>/dev/null) && [[ $by_lab == "$(started_at "$machine")" ]] && echo "$moment"
}
print_moments last_start
