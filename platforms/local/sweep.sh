#!/usr/bin/env bash
# Purpose: remove whatever the engine holds of a lab, by its id: also what an interrupted update made and never recorded.
# Parameters: STACK, LAB. The last thing that a destroy does.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
: "${STACK:?}"

need_engine

# What an earlier version has recorded has no id, and a name alone proves nothing: ./lab destroy says what is left of that name.
if [[ -n $LAB ]]; then
  mine=(--quiet --filter "label=$id_label=$LAB")
  # Names are resolved before each kind: a container goes before its volume and its network.
  docker ps --all "${mine[@]}" | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
  docker volume ls "${mine[@]}" | xargs --no-run-if-empty docker volume rm >/dev/null
  docker network ls "${mine[@]}" | xargs --no-run-if-empty docker network rm >/dev/null
fi
rm -rf "$(memory_prefix)"*
