# shellcheck shell=bash
# What a node does for every pod on it, whichever pods a lesson has: its links, settings, tables and queues, its firewall's way out, and the
# programs that keep all this. Each look is an observation of its own, so that a file that is gone fails one claim and not all of them.
# Parameters: NODES (NAME=ADDRESS of each node, separated by blanks), FAMILY (ipv6: what is about IPv4 is left out; absent: it is not), TUNNEL (the device that leads to other nodes' pods; empty: the node's own interface).

# ask_health PORT: what is typed to ask a program of this node whether it is well. Not every machine has curl. A program that was stopped takes the
# connection and never answers; one that a busy machine does not let run for some seconds is well all the same. On a node that has just joined
# kube-proxy may still be starting: a port that is closed is tried again.
ask_health() {
  printf "timeout %s bash -c 'until exec 3<>/dev/tcp/127.0.0.1/%s; do sleep 0.5; done 2>/dev/null; printf \"GET /healthz HTTP/1.0\\\\r\\\\n\\\\r\\\\n\" >&3 && timeout %s cat <&3'" \
    "$(soon 20)" "$1" "$(soon 5)"
}

# in_pods COMMAND: what is typed to run it for each pod's network namespace, $ns.
in_pods() {
  # shellcheck disable=SC2016 # the dollars are for the shell there
  printf 'for ns in $(ls /run/netns | grep "^cni-"); do echo "# $ns"; %s; done' "$1"
}

# look_at_queues: what is typed to see each qdisc with what it has dropped so far. Two looks with packets between them show what was dropped meanwhile.
look_at_queues() {
  # shellcheck disable=SC2016 # the dollars are for the shell there
  echo "tc -s qdisc; $(in_pods 'tc -n $ns -s qdisc')"
}

# find_wire: fills `own` with this node's address, `peers` with those of the others, and `wire` with the interface that has this node's.
find_wire() {
  local name address node each
  own='' peers=''
  node=$(node_name)
  for each in $NODES; do
    IFS='=' read -r name address <<<"$each"
    if [[ $name == "$node" ]]; then own=$address; else peers+=" $address"; fi
  done
  wire=$(ip -oneline addr show to "${own:-0.0.0.0}" | awk '{ print $2; exit }') || wire=''
}

observe_health() {
  find_wire
  observe interfaces "ip addr"
  observe_ipv4
  observe fdb "bridge fdb show br cni0"
  # shellcheck disable=SC2016 # the dollars are for the shell there
  observe permanent "ip neigh show nud permanent; $(in_pods 'ip -n $ns neigh show nud permanent')"
  # shellcheck disable=SC2016 # the dollars are for the shell there
  observe pods-inside "$(in_pods 'ip -n $ns addr show dev eth0')"
  # shellcheck disable=SC2016 # the dollars are for the shell there
  observe cni-config 'for file in /etc/cni/net.d/*.conf*; do echo "# $file"; jq --compact-output . "$file"; done'
  observe cni-files "ls /opt/cni/bin /var/lib/cni/networks/cbr0"
  # The processes are looked at once each has answered: one that was about to start is there by then. Both agents are asked at once: either may keep silent.
  observe flanneld "said=\$($(ask_health 8081)); ps -C flanneld -o stat=,args=; echo \"\$said\""
  observe agents "exec 4< <($(ask_health 10256)); kubelet=\$($(ask_health 10248)); proxy=\$(cat <&4); ps -C kubelet,kube-proxy -o comm=,stat=; \
printf '# kubelet\n%s\n# kube-proxy\n%s\n' \"\$kubelet\" \"\$proxy\""
}

# observe_ipv4: overlay6.sh looks at the same for IPv6, as far as there is the like.
observe_ipv4() {
  local name remote='' near=''
  if [[ ${FAMILY:-ipv4} != ipv4 ]]; then
    return
  fi
  # shellcheck disable=SC2154 # pods.sh fills pid_of and address_of
  for name in "${!address_of[@]}"; do
    if [[ -n ${pid_of[$name]:-} ]]; then near+=" ${address_of[$name]}"; else remote+=" ${address_of[$name]}"; fi
  done
  observe forwarding "grep . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding"
  # The way back is what the filter looks up: whether it lets in what comes from other nodes by the wire, from their pods by what leads to them, and
  # from the pods here by cni0. The kernel is asked with an address of the node's own, so that no route onward matters.
  observe rp-filters "grep . /proc/sys/net/ipv4/conf/*/rp_filter"
  observe ways-back "back() { for from in \$2; do echo \"\$from on \$1: \$(ip -oneline route get $own from \$from iif \$1 2>&1)\"; done; }; \
back ${wire:-none} '${peers# }'; back ${TUNNEL:-${wire:-none}} '${remote# }'; back cni0 '${near# }'"
  observe bridge-netfilter "cat /proc/sys/net/bridge/bridge-nf-call-iptables"
  observe nat "iptables-save -t nat"
}
