#!/usr/bin/env bash
# A stand-in for docker, as far as the verbs in platforms/local see it: it knows the things that the file "things" beside it lists, one a line:
# KIND|NAME|ID|STACK|CHECKOUT|MORE, the middle three being labels. MORE: a container's status and published ports, or a network's subnet
# and the container on it. Each call is noted in "calls"; the file "before" holds a test's own answers, given first.
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
      '{{.ID}} {{.Name}}') echo "id-of-$name $name" ;;
      *'{{.Label '*) printf '%s\t' "id-of-$name" "$name" "$id" "$stack" "$checkout" && echo "${more%% *}" ;;
      '{{.Names}} {{.Ports}}') echo "$name ${more#* }" ;;
      *) echo "$name" ;;
    esac
  done <<<"$things"
}

inspect() {
  local kind=$1 format=$4 name=${5#id-of-} id stack checkout more
  IFS='|' read -r _ _ id stack checkout more < <(grep "^$kind|$name|" <<<"$things") || exit 1
  case $format in
    *StartedAt*lab.id*) echo "today $id" ;;
    *StartedAt*) echo today ;;
    *lab.id*) echo "$id" ;;
    *lab.stack*) echo "$stack" ;;
    *lab.checkout*) echo "$checkout" ;;
    '{{.Id}}') echo "engine-$name" ;;
    *Subnet*) echo "${more%% *}" ;;
    *Status*) echo "${more%% *}" ;;
    *Running*) echo true ;;
  esac
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
  *' rm') drop "$1" "${*: -1}" ;;
esac
