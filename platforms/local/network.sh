#!/usr/bin/env bash
# Purpose: the network of a stack's machines. Parameters: the verb, create or delete; STACK, CIDR.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
: "${STACK:?}" "${CIDR:?}"

need_engine
network=$(network_name)

create() {
  local subnet
  if subnet=$(docker network inspect --format '{{(index .IPAM.Config 0).Subnet}}' "$network" 2>/dev/null); then
    if [ "$subnet" = "$CIDR" ]; then
      echo "$network"
      return
    fi
    # Another range than the one asked for, left by an interrupted update; fails while machines are still on it.
    docker network rm "$network" >/dev/null
  fi
  docker network create --driver bridge --subnet "$CIDR" \
    --label "pod-networking-lab.stack=$STACK" \
    --opt "com.docker.network.bridge.name=$(bridge_name)" \
    "$network" >/dev/null
  echo "$network"
}

# The network goes with what an interrupted update left on it; a container of someone else's stays and is only unplugged.
delete() {
  local name
  docker ps --all --quiet --filter "$(stack_filter)" --filter "network=$network" | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
  for name in $(docker ps --all --filter "network=$network" --format '{{.Names}}'); do
    echo "container \"$name\" is not the lab's; it is unplugged from $network, which goes" >&2
    docker network disconnect --force "$network" "$name"
  done
  remove network "$network"
}

case ${1:?create or delete} in
  create) create ;;
  delete) delete ;;
  *)
    echo "network.sh: unknown verb \"$1\"; write create or delete" >&2
    exit 1
    ;;
esac
