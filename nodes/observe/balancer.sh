# shellcheck shell=bash
# One node's view of addresses that are no machine's: who answers for them on the wire, what a caller is answered whom kube-proxy does not know, what a
# process of this node is answered, and by which addresses the pods see the other nodes.
# Parameters: NODES (NAME=ADDRESS, separated by blanks), PROXY_MODE (iptables or nftables), BALANCERS (SERVICE=ADDRESS=NODE each, separated by blanks:
#   the node is the one that answers).

own='' peers=0 begun=$SECONDS
for node in $NODES; do
  if [[ ${node%%=*} == "$(node_name)" ]]; then own=${node#*=}; else peers=$((peers + 1)); fi
done
wire=$(ip -oneline -4 addr show to "${own:?no address for this node}" | awk '{ print $2; exit }')

written_iptables() {
  iptables-save -t nat | grep -c -e "-A KUBE-SERVICES -d $1/32 .*-j KUBE-EXT-"
}
written_nftables() {
  nft list map ip kube-proxy service-ips | grep -c -F "$1 . tcp . 80 : goto"
}
seconds=$(soon 4)
get="curl --silent --show-error --noproxy '*' --max-time $seconds --header 'Connection: close'"
# No kernel answers for such an address: a process does, which a busy emulated processor lets wait for longer than the three seconds that a caller's kernel
# asks for.
probes=3
if emulated; then
  probes=15
  get+=' --retry 5 --retry-delay 1 --retry-all-errors'
fi

# From these ports to these addresses a connection passes by this node's own rules, as one does of a machine that is no node: it leaves by the wire, and is
# answered there. Each has a port of its own: one that was just closed still has its place in tables on the way.
first=$((18000 + RANDOM % 900))
last=$((first + 99))
stranger=podnet-stranger
pass_by() {
  local each addresses=''
  for each in $BALANCERS; do
    each=${each#*=}
    addresses+=${addresses:+, }${each%%=*}
  done
  if [[ -z $addresses ]]; then return; fi
  nft -f - <<RULES
table ip $stranger {
  chain leaves { type filter hook output priority raw; ip daddr { $addresses } tcp sport $first-$last notrack; }
  chain comes { type filter hook prerouting priority raw; ip saddr { $addresses } tcp dport $first-$last notrack; }
}
RULES
}
leave() {
  if nft list table ip $stranger >/dev/null 2>&1; then nft delete table ip $stranger; fi
}
observe interfaces "ip addr"
# shellcheck disable=SC2154 # observe.sh sets it
trap 'rm -rf "$observed"; leave' EXIT
leave
pass_by

for each in $BALANCERS; do
  IFS='=' read -r service address announcer <<<"$each"
  if ! wait_for "kube-proxy's rules for $address on this node" 60 "written_$PROXY_MODE" "$address"; then
    say "the claims about $service will say what that means"
  fi
  observe "arp/$service" "busybox arping -b -c $probes -w $(soon 2) -I $wire $address"
  observe "from-node/$service" "$get 'http://$address/[1-10]'"
  if [[ $announcer != "$(node_name)" ]]; then
    observe "outside/$service" "for port in {$first..$((first + 9))}; do $get --local-port \$port http://$address/ & done; wait # past kube-proxy's rules here: nft list table ip $stranger"
    first=$((first + 10))
  fi
done
wait
leave

# The other nodes call at the same time: the node that answers has both addresses of each caller in its table of connections for two minutes. The longer
# an entry still stays, the later was the call; what is older than these checks is left out. The others may have begun a little earlier.
stays=$(cat /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait)
# since SECONDS: how long the entry of a call stays that came at most so long before this script began.
since() {
  echo $((stays - SECONDS + begun - $1))
}
called() {
  local callers
  callers=$(conntrack -L -p tcp --orig-dst "$1" 2>/dev/null | awk -v least="$(since "$(patient 10)")" '$3 >= least' |
    sed -n 's/^[^=]* src=\([0-9.]*\) .*/\1/p' | sort -u | grep -v -x -F "$own")
  echo "asked $(node_name)'s table of connections for calls of $peers other nodes at $1; it has those of ${callers//$'\n'/, }"
  (($(grep -c . <<<"$callers") >= peers))
}
for each in $BALANCERS; do
  IFS='=' read -r service address announcer <<<"$each"
  if [[ $announcer == "$(node_name)" ]]; then
    if ! wait_for "the calls of the other nodes" 30 called "$address"; then
      say "the claims about callers from outside will say what that means"
    fi
    observe "callers/$service" "conntrack -L -p tcp --orig-dst $address 2>/dev/null | awk '\$3 >= $(since "$(patient 30)")' | sort -k 3,3 -n -r"
  fi
done
print_observations
