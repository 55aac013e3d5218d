#!/usr/bin/env bash
# Purpose: let the machines of a lab rest, and let them go on.
# Parameters: the verb; STACK, LAB.
#   freeze   no process of theirs gets the processor; memory and ports stay as they are
#   stop     they are shut down: memory and ports are given back
#   resume   what is frozen goes on; what is stopped is the next update's to start
# Each may be run twice. Prints the names of the machines that do not run afterwards, a line each.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
: "${STACK:?}" "${LAB:?}"

need_engine

# machines STATUS...: those of this lab in one of these states, by their id: a name may be another's.
machines() {
  local status filters=()
  for status in "$@"; do
    filters+=(--filter "status=$status")
  done
  docker ps --all --filter "label=$id_label=$LAB" "${filters[@]}" --format '{{.Names}}'
}

# end_controllers MACHINE: ends the controller manager of a control plane, which comes back by itself. It would end anyway when it goes on, for its
# lease has run out then; but before that it would take all nodes for dead, since it has heard of none for so long.
end_controllers() {
  # shellcheck disable=SC2016 # the dollars are for the shell there
  docker exec "$1" bash -c 'pkill --exact kube-controller || exit 0
    for ((try = 0; try < 20; try++)); do pgrep --exact kube-controller >/dev/null || exit 0; sleep 0.1; done' ||
    echo "$1: its controller manager could not be ended; the nodes may be NotReady for some seconds when they go on" >&2
}

case ${1:-} in
  freeze)
    mapfile -t names < <(machines running)
    for name in "${names[@]}"; do
      end_controllers "$name" &
    done
    wait
    # Side by side, so that no kubelet has the time to bring it back.
    printf '%s\n' "${names[@]}" | xargs --no-run-if-empty --max-procs 0 --max-args 1 docker pause >/dev/null
    ;;
  stop)
    # A frozen one does not hear that it is to stop.
    machines paused | xargs --no-run-if-empty docker unpause >/dev/null
    # All at once: each takes as long as its systemd does.
    machines running restarting | xargs --no-run-if-empty --max-procs 0 --max-args 1 docker stop --time 30 >/dev/null
    ;;
  resume) machines paused | xargs --no-run-if-empty docker unpause >/dev/null ;;
  *)
    echo "pause.sh: unknown verb \"${1:-}\"; write freeze, stop or resume" >&2
    exit 1
    ;;
esac
machines paused created exited dead
