#!/usr/bin/env bash
# Purpose: see, before anything is made, that this host can carry the lab; every problem in one go.
# Parameters: STACK; CIDR of the machines' network; PORTS on 127.0.0.1 that will be published, separated by spaces.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
: "${STACK:?}" "${CIDR:?}" "${PORTS:?}"

if [ "$(uname -s)" != Linux ]; then
  echo "platform \"local\" needs a Linux host, for its machines share the host's kernel; this is $(uname -s)" >&2
  exit 1
fi

problems=()
problem() { problems+=("$1"); }

# 10.1.2.3/8 -> first and last address as numbers
bounds() {
  local a b c d length first
  IFS=./ read -r a b c d length <<<"$1/32"
  first=$(((a << 24 | b << 16 | c << 8 | d) & (0xffffffff << (32 - ${length%%/*})) & 0xffffffff))
  echo "$first $((first + (1 << (32 - ${length%%/*})) - 1))"
}

overlaps() {
  local first last from to
  read -r first last <<<"$(bounds "$1")"
  read -r from to <<<"$(bounds "$2")"
  ((first <= to && from <= last))
}

need_engine
if docker info --format '{{.SecurityOptions}}' | grep -q rootless; then
  problem 'platform "local" needs an engine that runs as root: machines mount file systems and write kernel settings; point DOCKER_HOST to one'
fi

network=$(network_name)
bridge=$(bridge_name)

while read -r id name; do
  if [ "$name" = "$network" ]; then
    continue
  fi
  for subnet in $(docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}} {{end}}' "$id"); do
    if [[ $subnet != *:* ]] && overlaps "$CIDR" "$subnet"; then
      problem "machineCidr $CIDR overlaps $subnet of the docker network \"$name\"; set machineCidr to a free range, such as 172.28.57.0/24, or remove that network"
    fi
  done
done < <(docker network ls --format '{{.ID}} {{.Name}}')

# Docker's own bridges have been looked at above; what else the host routes must stay reachable.
while read -r destination _ device _; do
  case $destination in
    default | *:*) continue ;;
  esac
  if [[ $device != "$bridge" && $device != docker0 && $device != br-* && $device != podnet-* ]] && overlaps "$CIDR" "$destination"; then
    problem "machineCidr $CIDR overlaps the host's route to $destination by $device; set machineCidr to a free range, such as 172.28.57.0/24"
  fi
done < <(ip -4 route show | sed 's/^\(unreachable\|blackhole\|prohibit\|broadcast\) //')

# A port that this lab's own machines hold is theirs.
ours=$(docker ps --filter "$(stack_filter)" --format '{{.Ports}}')
for port in $PORTS; do
  if [[ $ours != *"127.0.0.1:$port->"* ]] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    problem "port $port on 127.0.0.1 is in use; set portBase to the first of ten free ports, such as 32310"
  fi
done

# Without it a pod's packet to a Service and back to a pod of the same bridge passes the rules by. Unlike vxlan and overlay it
# is not loaded on demand, and a machine has no modules to load.
if ! [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
  if modprobe br_netfilter 2>/dev/null; then
    echo "loaded the kernel module br_netfilter on this host (until its next boot)" >&2
  else
    problem "the host's kernel has br_netfilter not loaded, and Services need it; run: sudo modprobe br_netfilter"
  fi
fi

# Three nodes watch more files than one host does by default. The limits are the whole host's: only ever raised.
raise() {
  local path=/proc/sys/$1 now
  now=$(<"$path")
  if ((now >= $2)); then
    return
  fi
  if { echo "$2" >"$path"; } 2>/dev/null; then
    echo "raised $1 from $now to $2 on this host (until its next boot)" >&2
  else
    problem "the host's ${1//\//.} is $now, three nodes need $2; run: sudo sysctl -w ${1//\//.}=$2"
  fi
}
raise fs/inotify/max_user_instances 512
raise fs/inotify/max_user_watches 524288

if ((${#problems[@]})); then
  printf '%s\n' "${problems[@]}" >&2
  exit 1
fi
