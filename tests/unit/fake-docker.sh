#!/usr/bin/env bash
# A stand-in for docker, as far as the verbs in platforms/local see it: it knows the things that the file "things" beside it lists, one a line:
# KIND|NAME|ID|STACK|CHECKOUT|MORE, the middle three being labels. MORE: a container's status and published ports, or a network's subnet
# and the container on it. Each call is noted in "calls"; the file "before" holds a test's own answers, given first, and SPEC, all containers' own.
set -euo pipefail
here=$(dirname "$0")
things=$(<"$here/things")
echo "$*" >>"$here/calls"
# shellcheck source=/dev/null
. "$here/before"

# list KIND [ARGUMENT...]: names of the things that the filters leave.
list() {
  local wanted=$1 label="" on="" format="" kind name id stack checkout more
  shift
  while (($#)); do
    case $1 in
      label=*) label=${1#label=} ;;
      network=*) on=${1#network=} ;;
      --format) format=$2 ;;
    esac
    shift
  done
  while IFS='|' read -r kind name id stack checkout more; do
    [[ $kind == "$wanted" ]] || continue
    case $label in
      "" | "pod-networking-lab.id=$id" | "pod-networking-lab.stack=$stack") ;;
      pod-networking-lab.stack) [[ -n $stack ]] || continue ;;
      *) continue ;;
    esac
    [[ -z $on || $things == *"network|$on|"*" $name"* ]] || continue
    case $format in
      "$kind {{."*) echo "$kind $name|$id|$stack||$checkout" ;;
      *'{{.Label '*) printf '%s\t' "id-of-$name" "$name" "$id" "$stack" "$checkout" && echo "${more%% *}" ;;
      '{{.Names}} {{.Ports}}') echo "$name ${more#* }" ;;
      *) echo "$name" ;;
    esac
  done <<<"$things"
}

# inspect KIND inspect --format FORMAT NAME...: of those that there are.
inspect() {
  local kind=$1 format=$4 name id stack checkout more code=0
  shift 4
  for name; do
    if ! IFS='|' read -r _ _ id stack checkout more < <(grep "^$kind|$name|" <<<"$things"); then
      code=1
      continue
    fi
    case $format in
      *.Name*StartedAt*lab.id*) echo "/$name today $id" ;;
      '{{.Id}}|{{.State.StartedAt}}') echo "engine-$name|today" ;;
      *StartedAt*) echo today ;;
      *lab.id*lab.stack*lab.checkout*) echo "$id|$stack|${SPEC-}|$checkout" ;;
      '{{.Id}}') echo "engine-$name" ;;
      *.Name*Subnet*) echo "$name ${more%% *}" ;;
      *Subnet*) echo "${more%% *} " ;;
      *Status*) echo "${more%% *}" ;;
      *Running*) echo true ;;
    esac
  done
  return "$code"
}

drop() { grep -v "^$1|$2|" "$here/things" >"$here/things.new" || true && mv "$here/things.new" "$here/things"; }

case "$1 ${2-}" in
  'info '*) if [[ $* == *RootDir* ]]; then echo /; fi ;;
  'ps '* | 'container ls') list container "$@" ;;
  'volume ls' | 'network ls') list "$@" ;;
  'container inspect' | 'volume inspect' | 'network inspect') inspect "$@" ;;
  'volume create') echo "volume|${*: -1}|||" >>"$here/things" ;;
  'create '*)
    all=$*
    name=${all#*--name }
    echo "container|${name%% *}||||created " >>"$here/things"
    ;;
  'rm '*) drop container "${*: -1}" ;;
  # As docker does: whoever writes to it must not find it gone.
  'cp -') cat >/dev/null ;;
  *' rm') drop "$1" "${*: -1}" ;;
esac
