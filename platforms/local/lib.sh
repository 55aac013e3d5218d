# shellcheck shell=bash
# Purpose: what things of a stack are called in the engine, and how they go; sourced by the verbs beside it.
# Parameters: STACK, and NODE for one machine.

# shellcheck source=platforms/memory.sh
. ../memory.sh

stack_filter() { echo "label=pod-networking-lab.stack=$STACK"; }
network_name() { echo "podnet-$STACK"; }
machine_name() { echo "podnet-$STACK-$NODE"; }
volume_name() { echo "podnet-$STACK-$NODE-var"; }

# In a machine: the moment of its last start by the lab, and what the engine said then of when it was.
# shellcheck disable=SC2034 # the verbs use it
start_file=/etc/podnet/start
started_at() { docker container inspect --format '{{.State.StartedAt}}' "$1"; }

# An interface's name has at most 15 letters: a long stack name is cut, and told apart by its sum.
bridge_name() {
  if ((${#STACK} <= 8)); then
    echo "podnet-$STACK"
  else
    echo "podnet-$(cut -c 1-3 <<<"$STACK")$(sha256sum <<<"$STACK" | cut -c 1-5)"
  fi
}

# need_engine: ends with what to do where docker does not answer. To ask it for a thing would look as if the thing were gone.
need_engine() {
  if ! docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
    echo "docker does not answer, and platform \"local\" has its machines there; start it, or run ./lab up or ./lab destroy, which do" >&2
    exit 1
  fi
}

# remove KIND NAME [OPTION...]: what is gone already need not be removed.
remove() {
  local kind=$1 name=$2
  shift 2
  if docker "$kind" inspect "$name" >/dev/null 2>&1; then
    docker "$kind" rm "$@" "$name" >/dev/null
  fi
}
