# shellcheck shell=bash
# Echo servers, TCP and UDP port 7, in the network namespace of each pod of this node: what the other pods call; and on TCP port 8 one that tells
# callers by which address they came. With NODES also this node's end of a VXLAN beside flannel's. All that lasts until this script runs again
# without pods, since the calls may come from an update that was interrupted and taken up again.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; none: the servers end), UNIT (of systemd, for the servers of one caller), and for the
#   calls by IPv6 too: FAMILIES (dual; may be absent), and for the device beside flannel's: NODES (NAME=ADDRESS of each node, separated by blanks; none: it ends), PORT (UDP, may be absent: 8472).

find_pods

# A second run replaces it, and it ends after a day if nobody does it.
if systemctl --quiet is-active "$UNIT"; then
  systemctl stop "$UNIT"
fi
# Each caller has servers of its own, on the same port: one that ends its servers leaves those of another running.
servers=""
# shellcheck disable=SC2154 # pods.sh fills pid_of
for pid in "${pid_of[@]}"; do
  # shellcheck disable=SC2016 # it is the unit's shell that has the program
  servers+="nsenter -t $pid -n "'perl -MSocket=:all -e "$program" 4 7 & '
  servers+="nsenter -t $pid -n socat TCP-LISTEN:8,fork,reuseaddr,reuseport 'SYSTEM:echo \$SOCAT_PEERADDR' & "
  if [[ ${FAMILIES:-} == dual ]]; then
    # shellcheck disable=SC2016 # the same
    servers+="nsenter -t $pid -n "'perl -MSocket=:all -e "$program" 6 7 & '
    servers+="nsenter -t $pid -n socat TCP6-LISTEN:8,ipv6only=1,fork,reuseaddr,reuseport 'SYSTEM:echo \$SOCAT_PEERADDR' & "
  fi
done
if [[ -n $servers ]]; then
  program=$(echo_server)
  systemd-run --quiet --collect --unit "$UNIT" --property RuntimeMaxSec=1d bash -c "$(declare -p program); $servers wait"
fi

listening() {
  [[ $(nsenter -t "$1" -n ss --no-header --tcp --udp --listening --numeric "sport = :7 or sport = :8" | wc -l) -ge $([[ ${FAMILIES:-} == dual ]] && echo 6 || echo 3) ]]
}
for name in "${!pid_of[@]}"; do
  wait_for "the echo servers of $name" 20 listening "${pid_of[$name]}"
done

# Whether the port of VXLAN, 8472 by itself, passes between the machines is asked without flannel: by a VXLAN device with a VNI of its own, on the same port of the same kernel,
# which finds the others by their machines' addresses. It is in a network namespace of its own, where it has the machine's own address: no route,
# filter or setting of the node is on the way but what is done to the UDP datagram itself.
overlay=podnet-overlay
join_overlay() {
  local each own='' wire id=8472 family=-4 whole=32 alone=()
  # flannel may have been given the same.
  if [[ -e /sys/class/net/flannel.$id || -e /sys/class/net/flannel-v6.$id ]]; then id=8473; fi
  for each in $NODES; do
    if [[ ${each%%=*} == "$(node_name)" ]]; then own=${each#*=}; fi
  done
  if [[ $own == *:* ]]; then
    # Nobody else has it there, and it is to be used at once.
    family=-6 whole=128 alone=(nodad)
  fi
  wire=$(ip -oneline addr show to "${own:?no address for this node}" | awk '{ print $2; exit }')
  ip netns add "$overlay" &&
    ip link add vxlan netns "$overlay" type vxlan id "$id" dstport "${PORT:-8472}" local "$own" dev "$wire" &&
    ip -n "$overlay" addr add "$own/$whole" dev vxlan "${alone[@]}" &&
    ip -n "$overlay" link set vxlan up &&
    ip -n "$overlay" "$family" route add default dev vxlan || return
  for each in $NODES; do
    if [[ ${each#*=} != "$own" ]]; then
      bridge -n "$overlay" fdb append 00:00:00:00:00:00 dev vxlan dst "${each#*=}" || return
    fi
  done
}
# A caller that gives no NODES serves pods alone, and leaves the device of another caller as it is.
if [[ -v NODES && -e /run/netns/$overlay ]]; then
  # The kernel takes a namespace apart some time after its name is gone, or when the last program in it has ended; as long as the device is there, its VNI is taken.
  if ip -n "$overlay" link show vxlan >/dev/null 2>&1; then
    ip -n "$overlay" link delete vxlan
  fi
  ip netns delete "$overlay"
fi
if [[ -n ${NODES:-} ]] && ! join_overlay; then
  say "no VXLAN beside flannel's could be made here; the claims about its port will say so"
fi

printf '{"pods":%s}\n' "${#pid_of[@]}"
