#!/usr/bin/env bash
# Purpose: remove whatever the engine holds of a stack, by its label: also what an interrupted update made and never recorded.
# Parameters: STACK. The last thing that a destroy does.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
: "${STACK:?}"

need_engine

# Names are resolved before each kind: a container goes before its volume and its network.
docker ps --all --quiet --filter "$(stack_filter)" | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
docker volume ls --quiet --filter "$(stack_filter)" | xargs --no-run-if-empty docker volume rm >/dev/null
docker network ls --quiet --filter "$(stack_filter)" | xargs --no-run-if-empty docker network rm >/dev/null
rm -rf "$(memory_prefix)"*
