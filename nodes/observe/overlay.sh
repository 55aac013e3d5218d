# shellcheck shell=bash
# One node's end of the overlay: its subnet, routes, VTEP and what it knows of the others, pings from the pods that run here, and what the node does
# for every pod on it.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; pods of other nodes are pinged), NODES (NAME=ADDRESS of each node), TUNNEL (the device that
#   leads to other nodes' pods; empty: the node's own interface), VTEP (the VXLAN device, whether or not it leads there; empty: there is none),
#   RULES (nftables: flannel writes its rules there; absent: into iptables), FAMILY (ipv6: the addresses are of IPv6, overlay6.sh looks at what the
#   node does by them, and this at the rest; absent: IPv4), END (ipip, wireguard: what that device is; absent: another claim asks).

family=${FAMILY:-ipv4}
if [[ $family == ipv6 ]]; then
  # shellcheck disable=SC2034 # pods.sh reads it
  of_family="-6 "
fi
find_pods
find_wire
observe queues-before "$(look_at_queues)"
observe subnet "cat /run/flannel/subnet.env"
wait
mtu=$(output_of subnet | sed -n 's/^FLANNEL_MTU=\([0-9]*\)$/\1/p')
# Without flannel's file the claims about it fail; the device itself still tells what fits through it.
device=${VTEP:-${TUNNEL:-$wire}}
if [[ -z $mtu && -r /sys/class/net/$device/mtu ]]; then
  mtu=$(<"/sys/class/net/$device/mtu")
fi
# IP and ICMP headers take 28 bytes of it.
largest=$((${mtu:-0} - 28))

look_from_pods
if [[ $family == ipv4 ]]; then
  # What the pod's own interface refuses is asked first: the larger packet that gets out may bring a router's smaller MTU back.
  # The kernel refuses at once; ping would wait for an answer all the same.
  ping_others too-large 0.2 $((largest + 1))
  wait
  ping_others largest "$(soon 2)" "$largest"
  decide_for_others
  observe rules "ip rule"
  if [[ ${RULES:-} == nftables ]]; then
    observe flannel-rules "nft list table ip flannel-ipv4"
  fi
fi
observe_health
observe ports "ip link show master cni0"
observe routes "ip ${of_family}route"
observe kernel "cat /proc/sys/kernel/random/boot_id"
if [[ $family == ipv4 && -n $VTEP ]]; then
  observe vtep "ip -details link show $VTEP"
  observe vtep-neighbours "ip neigh show dev $VTEP"
  observe vtep-fdb "bridge fdb show dev $VTEP"
fi
case ${END:-} in
  ipip) observe tunnel "ip -details link show $TUNNEL" ;;
  # Keys are agreed on when there is something to send: each other node is asked by the first address of its pods' range, which its own device has. wg hides what is secret.
  wireguard) observe tunnel "for range in \$(wg show $TUNNEL allowed-ips | cut -f 2); do ping -n -c 1 -W $(soon 2) \${range%/*} >&2; done; wg show $TUNNEL" ;;
esac
if [[ $family == ipv4 && -z $TUNNEL ]]; then
  # shellcheck disable=SC2154 # health.sh fills peers
  # The kernel asks for a MAC only when it has something to send there, and forgets what nobody needs.
  observe wire-neighbours "for to in $peers; do ping -n -c 1 -W $(soon 1) \$to >&2; done; ip neigh show dev $wire"
fi
wait
observe queues "$(look_at_queues)"
print_observations
