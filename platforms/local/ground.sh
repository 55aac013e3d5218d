#!/usr/bin/env bash
# Purpose: see, before anything is made, that this host can carry the lab; every problem in one go.
# Parameters: STACK, LAB; NODES, separated by spaces; LOGIN, the public key that may log in to the machines; CIDR of the machines' network; CIDR6, its
#   IPv6 range, may be absent; KERNEL, the kind of device that flannel asks of the kernel, may be absent; PORTS on 127.0.0.1 that will be published, separated by spaces.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
# shellcheck source=platforms/local/capabilities.sh
. ./capabilities.sh
# shellcheck source=platforms/local/kernel.sh
. ./kernel.sh
: "${STACK:?}" "${LAB:?}" "${NODES:?}" "${LOGIN:?}" "${CIDR:?}" "${PORTS:?}"

if [[ $(uname -s) != Linux ]]; then
  echo "platform \"local\" needs a Linux host, for its machines share the host's kernel; this is $(uname -s)" >&2
  exit 1
fi
# First of all: an engine elsewhere is asked for nothing.
./engine.sh

# Each question takes a program's start, and an update waits for all of them: they are asked at once.
answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
declare -A asked=()
ask() {
  local name=$1
  shift
  "$@" >"$answers/$name" 2>"$answers/$name.error" &
  asked[$name]=$!
}
# answer NAME: waits for what was asked, and ends with what was said where that failed.
answer() {
  if ! wait "${asked[$1]}"; then
    need_engine
    cat "$answers/$1.error" >&2
    exit 1
  fi
  answered=$(<"$answers/$1")
}

# As lib.sh keeps it: KIND NAME|ID|STACK|SPEC|CHECKOUT. A machine's spec is not asked for here.
labels_listed="{{.Label \"$id_label\"}}|{{.Label \"$stack_label\"}}||{{.Label \"$checkout_label\"}}"
ask containers docker ps --all --format "container {{.Names}}|$labels_listed"
ask volumes docker volume ls --format "volume {{.Name}}|$labels_listed"
ask networks docker network ls --format "network {{.Name}}|$labels_listed"
ask published docker ps --format '{{.Names}} {{.Ports}}'
# Where the engine keeps images and volumes, which need not be where this checkout is.
ask images docker image ls --quiet pod-networking-lab/node
ask data docker info --format '{{.DockerRootDir}}'
ask ranges env CIDR="$CIDR" CIDR6="${CIDR6:-}" NETWORK="$(network_name)" BRIDGE="$(bridge_name)" node ./ranges.ts

for kind in containers volumes networks; do
  answer "$kind"
  seen+=$(sort <<<"$answered")$'\n'
done

# Whose the names are that this lab needs. A machine of an earlier version is this lab's when it lets this lab's key in, which no other
# state holds; it is marked then, for its labels cannot be changed.
mine=()
others=()
look_at() {
  local kind=$1 name=$2
  case $(whose "$kind" "$name") in
    ours) mine+=("$name") ;;
    theirs) others+=("$kind $name") ;;
    earlier)
      if [[ $kind == container ]]; then
        if [[ $(read_from "$name" /root/.ssh/authorized_keys) == "$LOGIN" ]]; then
          echo "$name was made by an earlier version; it is this lab's, and stays" >&2
          mark "$name"
          mine+=("$name")
        else
          others+=("$kind $name")
        fi
      fi
      ;;
  esac
}

# Of what is not in the lists there is nothing to say.
needed=$(
  for NODE in $NODES; do printf 'container %s\nvolume %s\n' "$(machine_name)" "$(volume_name)"; done
  echo "network $(network_name)"
)
while IFS='|' read -r thing _ stack _; do
  if [[ $thing == "container "* && $stack == "$STACK" ]] || grep -q -x -F -- "$thing" <<<"$needed"; then
    look_at "${thing%% *}" "${thing#* }"
  fi
done <<<"$seen"

# Everything else that could be said follows from this.
if ((${#others[@]})); then
  read -r kind name <<<"${others[0]}"
  {
    echo "the names that this lab needs are taken: the $kind \"$name\" is $(owner "$kind" "$name"); this is lab \"$STACK\" ($LAB) of $(checkout)"
    printf 'theirs, and not touched:'
    printf ' %s' "${others[@]#* }"
    printf '\n'
    echo "give this lab a stack of another name, with a machineCidr and a portBase of its own (./lab up -s NAME), or destroy that one in its checkout"
  } >&2
  exit 1
fi

problems=()
problem() { problems+=("$1"); }

if [[ -n ${CIDR6:-} ]]; then
  lacks=$(ipv6_problem)
  if [[ -n $lacks ]]; then
    problem "$lacks"
  fi
fi

if [[ -n ${KERNEL:-} ]]; then
  lacks=$(device_problem "$KERNEL")
  if [[ -n $lacks ]]; then
    problem "$lacks"
  fi
fi

answer ranges
while read -r line; do
  if [[ -n $line ]]; then
    problem "$line"
  fi
done <<<"$answered"

# A port that this lab's own machines hold is theirs.
answer published
published=$answered
for port in $PORTS; do
  holder=$(awk -v port="127.0.0.1:$port->" 'index($0, port) { print $1; exit }' <<<"$published")
  if [[ -n $holder && " ${mine[*]-} " == *" $holder "* ]]; then
    continue
  fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    problem "port $port on 127.0.0.1 is in use${holder:+ by the container \"$holder\"}; set portBase to the first of ten free ports, such as 32310"
  fi
done

answer images
image=${answered%%$'\n'*}
answer data
data=$answered
if [[ -d $data ]]; then
  free=$(df -Pk "$data" | awk 'NR == 2 { print int($4 / 1024) }')
  # The images, which are built where there are none, and what three machines write.
  needed=$([[ -n $image ]] && echo 2048 || echo 6144)
  if ((free < needed)); then
    problem "docker keeps its data in $data, where $free MiB are left and the lab needs $needed; free some, or give docker another data-root"
  fi
fi

# A user who is not root sets the kernel through the engine, with the machine image. Where there is none yet, machine.sh does it.
if ! set_kernel "$image" && { ((EUID == 0)) || [[ -n $image ]]; }; then
  problem "$(kernel_remedy)"
fi

if ((${#problems[@]})); then
  printf '%s\n' "${problems[@]}" >&2
  exit 1
fi
