#!/usr/bin/env bash
# Purpose: the network of a lab's machines. Parameters: the verb, create or delete; STACK, LAB, CIDR; CIDR6, its IPv6 range, may be absent.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
# shellcheck source=platforms/verbs.sh
. ../verbs.sh
: "${STACK:?}" "${CIDR:?}"

need_engine
network=$(network_name)

create() {
  local subnet second=()
  : "${LAB:?}"
  look network "$network"
  case $(whose network "$network") in
    theirs) refuse network "$network" ;;
    earlier)
      # One that no machine and no state knows could be anybody's.
      if [[ -z ${PULUMI_COMMAND_STDOUT:-} || -n $(machines_of_others) ]]; then
        refuse network "$network"
      fi
      ;;
  esac
  if [[ $(whose network "$network") != nobody ]]; then
    subnet=$(docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}} {{end}}' "$network")
    if [[ ${subnet% } == "$CIDR${CIDR6:+ $CIDR6}" ]]; then
      echo "$network"
      return
    fi
    # Another range than the one asked for, left by an interrupted update; fails while machines are still on it.
    docker network rm "$network" >/dev/null
  fi
  if [[ -n ${CIDR6:-} ]]; then
    second=(--ipv6 --subnet "$CIDR6")
  fi
  docker network create --driver bridge --subnet "$CIDR" "${second[@]}" "${labels[@]}" \
    --opt "com.docker.network.bridge.name=$(bridge_name)" \
    "$network" >/dev/null
  echo "$network"
}

# Names of containers on the network that are a lab's, but not this one's.
machines_of_others() {
  local names name owned
  names=$(docker ps --all --filter "network=$network" --filter "label=$stack_label" --format '{{.Names}}')
  for name in $names; do
    owned=$(whose container "$name")
    if [[ $owned != ours && $owned != nobody ]]; then
      echo "$name"
    fi
  done
}

# The network goes with what an interrupted update left on it; a container of the user's own stays and is only unplugged.
delete() {
  local names name others
  case $(whose network "$network") in
    nobody) return ;;
    theirs)
      remove network "$network"
      return
      ;;
  esac
  others=$(machines_of_others)
  if [[ -n $others ]]; then
    echo "the network \"$network\" stays: on it are machines of another lab, $(paste -s -d ' ' <<<"$others")" >&2
    return
  fi
  names=$(docker ps --all --filter "network=$network" --format '{{.Names}}')
  for name in $names; do
    if [[ $(whose container "$name") == ours ]]; then
      docker rm --force --volumes "$name" >/dev/null
    else
      echo "container \"$name\" is not the lab's; it is unplugged from $network, which goes" >&2
      docker network disconnect --force "$network" "$name"
    fi
  done
  remove network "$network"
}

run_verb "$@"
