# shellcheck shell=bash
# One node's end of the overlay for IPv6, where the lab has both families: its range, routes, VTEP and what it knows of the others, pings from the pods that
# run here, and what the node does for every pod on it.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; pods of other nodes are pinged), NODES (NAME=ADDRESS of each node), TUNNEL (the device that
#   leads to other nodes' pods; empty: the node's own interface), VTEP (the VXLAN device; empty: there is none). All addresses are of IPv6.

# shellcheck disable=SC2034 # pods.sh reads it
of_family="-6 "
find_pods
own='' peers=''
for node in $NODES; do
  IFS='=' read -r name address <<<"$node"
  if [[ $name == "$(node_name)" ]]; then own=$address; else peers+=" $address"; fi
done
wire=$(ip -oneline -6 addr show to "${own:-::}" | awk '{ print $2; exit }') || wire=''

observe subnet "cat /run/flannel/subnet.env"
wait
mtu=$(output_of subnet | sed -n 's/^FLANNEL_MTU=\([0-9]*\)$/\1/p')
# flanneld leaves room for IPv4's header alone: the device that wraps packets in IPv6 takes less than the pods' MTU.
device=${TUNNEL:-$wire}
if [[ -r /sys/class/net/$device/mtu ]]; then
  through=$(<"/sys/class/net/$device/mtu")
  if [[ -z $mtu ]] || ((through < mtu)); then mtu=$through; fi
fi
# IP and ICMP headers take 48 bytes of it.
largest=$((${mtu:-0} - 48))

look_from_pods
wait
# What fits is asked first: the larger packet brings the node's smaller MTU back, and the pod remembers it.
ping_others largest "$(soon 2)" "$largest"
wait
ping_others too-large 0.2 $((largest + 1))
decide_for_others
observe rules "ip -6 rule"
observe routes "ip -6 route"
observe ports "ip link show master cni0"
observe interfaces "ip addr"
observe forwarding "grep . /proc/sys/net/ipv6/conf/*/forwarding"
observe bridge-netfilter "cat /proc/sys/net/bridge/bridge-nf-call-ip6tables"
observe nat "ip6tables-save -t nat"
# shellcheck disable=SC2016 # the dollars are for the shell there
observe pods-inside 'for ns in $(ls /run/netns | grep "^cni-"); do echo "# $ns"; ip -n $ns addr show dev eth0; done'
if [[ -n $VTEP ]]; then
  observe vtep "ip -details link show $VTEP"
  observe vtep-neighbours "ip -6 neigh show dev $VTEP"
  observe vtep-fdb "bridge fdb show dev $VTEP"
fi
if [[ -z $TUNNEL ]]; then
  # The kernel asks for a MAC only when it has something to send there, and forgets what nobody needs.
  observe wire-neighbours "for to in$peers; do ping -n -c 1 -W $(soon 1) \$to >&2; done; ip -6 neigh show dev $wire"
fi
print_observations
