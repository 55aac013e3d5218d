#!/usr/bin/env bash
# Purpose: remove whatever is there of a stack's VMs: also what an interrupted update made and never recorded.
# Parameters: STACK. The last thing that a destroy does.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
: "${STACK:?}"

folder=$(stack_folder)
if [[ -d $folder ]]; then
  for machine in "$folder"/*/; do
    if [[ -d $machine ]]; then
      NODE=$(basename "$machine")
      GRACE=60 forget &
    fi
  done
  wait
  rm -rf "$folder"
fi
rm -rf "$(memory_prefix)"*
