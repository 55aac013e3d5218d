#!/usr/bin/env bash
# Purpose: remove whatever is there of a lab's VMs: also what an interrupted update made and never recorded.
# Parameters: STACK, LAB. The last thing that a destroy does.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
: "${STACK:?}"

folder=$(stack_folder)
owned=$(whose)
# What an earlier version has recorded has no id: its machines went by what the state knew of them, and where one is left it is not known whose.
if [[ $owned == earlier && -z $(find "$folder" -mindepth 1 -maxdepth 1 -type d) ]]; then
  owned=ours
fi
case $owned in
  theirs | earlier) echo "$folder is the folder of $(owner): it stays" >&2 ;;
esac
if [[ $owned == ours ]]; then
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
