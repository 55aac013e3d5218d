# shellcheck shell=bash
# Purpose: what things of a lab are called in the engine, and whose a thing there is; sourced by the verbs beside it.
# Parameters: STACK, the lab's name; LAB, its id, absent in what an earlier version has recorded; NODE for one machine.
#   PULUMI_COMMAND_STDOUT, by Pulumi, what the same verb printed at its last run: its resource is recorded in the state.

# shellcheck source=platforms/memory.sh
. ../memory.sh

LAB=${LAB:-}

network_name() { echo "podnet-$STACK"; }
machine_name() { echo "podnet-$STACK-$NODE"; }
volume_name() { echo "podnet-$STACK-$NODE-var"; }

# Labels of whatever the lab makes. The id says whose it is; the others are for people.
id_label=pod-networking-lab.id
stack_label=pod-networking-lab.stack
checkout_label=pod-networking-lab.checkout
spec_label=pod-networking-lab.spec
# shellcheck disable=SC2034 # for those who source this
labels=("--label=$id_label=$LAB" "--label=$stack_label=$STACK" "--label=$checkout_label=$(checkout)")

# In a machine: the moment of its last start by the lab, what the engine said then of when it was, and which boot of this host that was.
# shellcheck disable=SC2034 # the verbs use it
start_file=/etc/podnet/start
started_at() { docker container inspect --format '{{.State.StartedAt}}' "$1"; }

# In a machine of a version that had no ids, for labels cannot be changed: the id of the lab that has proved itself to be its owner.
mark_file=/etc/podnet/lab
read_from() { docker cp "$1:$2" - 2>/dev/null | tar -xO 2>/dev/null; }
mark() {
  local folder
  folder=$(memory_folder "mark:$1")
  mkdir -p "$folder${mark_file%/*}"
  printf '%s' "$LAB" >"$folder$mark_file"
  tar -C "$folder" --owner=0 --group=0 -cf - "${mark_file#/}" | docker cp - "$1:/"
  rm -rf "$folder"
}

# label KIND NAME LABEL: its value; fails where there is no such thing.
label() {
  local at=.Labels
  if [[ $1 == container ]]; then
    at=.Config.Labels
  fi
  docker "$1" inspect --format "{{index $at \"$3\"}}" "$2" 2>/dev/null
}

# describe KIND NAME: "ID|STACK|SPEC|CHECKOUT", its labels; fails where there is no such thing.
describe() {
  local at=.Labels line
  while IFS= read -r line; do
    case $line in
      "$1 $2") return 1 ;;
      "$1 $2|"*) echo "${line#"$1 $2|"}" && return ;;
    esac
  done <<<"$seen"
  if [[ $1 == container ]]; then
    at=.Config.Labels
  fi
  docker "$1" inspect --format "{{index $at \"$id_label\"}}|{{index $at \"$stack_label\"}}|{{index $at \"$spec_label\"}}|{{index $at \"$checkout_label\"}}" "$2" 2>/dev/null
}

# Each question to the engine is the start of a program, so what it has told is kept, a line each: "KIND NAME|" and what describe prints, or "KIND NAME"
# for what is not there. look KIND NAME keeps it, and forget KIND NAME is for what has been made or removed since. No arrays: a Mac's bash has none by name,
# and must get as far as the sentence that says what platform "local" needs.
seen=""
look() {
  local found
  forget "$1" "$2"
  found=$(describe "$1" "$2") && found="|$found"
  seen+="$1 $2$found"$'\n'
}
forget() {
  local line kept=""
  while IFS= read -r line; do
    case $line in
      "" | "$1 $2" | "$1 $2|"*) ;;
      *) kept+=$line$'\n' ;;
    esac
  done <<<"$seen"
  seen=$kept
}

# whose KIND NAME: "nobody" where there is no such thing, "ours" or "theirs"; "earlier" where an earlier version made it and nothing
# tells for which clone's stack of this name.
whose() {
  local kind=$1 name=$2 described id stack marked
  if ! described=$(describe "$kind" "$name"); then
    echo nobody
    return
  fi
  IFS='|' read -r id stack _ <<<"$described"
  if [[ -n $id ]]; then
    if [[ $id == "$LAB" ]]; then echo ours; else echo theirs; fi
  elif [[ $stack != "$STACK" ]]; then
    echo theirs
  elif [[ $kind != container ]]; then
    echo earlier
  elif [[ ${PULUMI_COMMAND_STDOUT:-} == *"\"$(docker container inspect --format '{{.Id}}' "$name")\""* ]]; then
    echo ours
  elif marked=$(read_from "$name" "$mark_file") && [[ -n $marked ]]; then
    if [[ $marked == "$LAB" ]]; then echo ours; else echo theirs; fi
  else
    echo earlier
  fi
}

# owner KIND NAME: whose it is, for people.
owner() {
  local id stack from
  IFS='|' read -r id stack _ from <<<"$(describe "$1" "$2")"
  if [[ -z $stack ]]; then
    echo "no lab's"
  elif [[ -z $id ]]; then
    echo "that of a lab \"$stack\" of an earlier version, in a checkout that is not known"
  else
    echo "that of lab \"$stack\" ($id) of $from"
  fi
}

# refuse KIND NAME: ends, for the name that this lab needs is another's.
refuse() {
  echo "the $1 \"$2\" is $(owner "$1" "$2"), and not that of this lab \"$STACK\" ($LAB) of $(checkout); nothing of it is touched" >&2
  exit 1
}

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
  # shellcheck disable=SC2034 # capabilities.sh wants to know
  if ! engine_version=$(docker version --format '{{.Server.Version}}' 2>/dev/null); then
    echo "docker does not answer, and the machines of platform \"local\" run in it; start it, or run ./lab up or ./lab destroy, which start it" >&2
    exit 1
  fi
}

# remove KIND NAME [OPTION...]: what is gone already need not be removed, and another's stays. A volume or network of an earlier version is
# this lab's where the state has recorded it and the machine is not another's, which the caller sees to.
remove() {
  local kind=$1 name=$2 owned
  shift 2
  owned=$(whose "$kind" "$name")
  if [[ $owned == earlier && $kind != container && -n ${PULUMI_COMMAND_STDOUT:-} ]]; then
    owned=ours
  fi
  case $owned in
    nobody) ;;
    ours) docker "$kind" rm "$@" "$name" >/dev/null && forget "$kind" "$name" ;;
    *) echo "the $kind \"$name\" is $(owner "$kind" "$name"): it stays" >&2 ;;
  esac
}
