#!/usr/bin/env bash
# Purpose: let the VMs of a lab rest, and let them go on.
# Parameters: the verb; STACK, LAB.
#   freeze   their processors stand still; memory and ports stay as they are
#   stop     they are shut down, as by the power button: memory and ports are given back
#   resume   what is frozen goes on; what is stopped is the next update's to start
# Each may be run twice. Prints the names of the machines that do not run afterwards, a line each.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
: "${STACK:?}" "${LAB:?}"

case ${1:-} in
  freeze | stop | resume) ;;
  *)
    echo "pause.sh: unknown verb \"${1:-}\"; write freeze, stop or resume" >&2
    exit 1
    ;;
esac
case $(whose) in
  nobody) exit 0 ;;
  ours) ;;
  *)
    echo "$(stack_folder) is the folder of $(owner), and not of this lab \"$STACK\" ($LAB) of $(checkout); nothing of it is touched" >&2
    exit 1
    ;;
esac

idle() {
  if ! running >/dev/null || frozen; then
    echo "$NODE"
  fi
}

case $1 in
  freeze) each freeze ;;
  stop) each shut_down ;;
  resume) each go_on ;;
esac
each idle
