# shellcheck shell=bash
# From each pod of this node to every other pod: a ping, a TCP connection and a UDP datagram; to the other pods of its lesson, by which address they
# are called; and a question to the cluster's DNS and to each program behind it. From this node to those after it in NODES: VXLAN beside flannel's.
# Where this node itself finds a name of the outside, the cluster's DNS is asked for that as well. nodes/observe/serve-echo.sh has run on every node before.
# Parameters: PODS (NAMESPACE/NAME=UID=ADDRESS, separated by blanks), PODS6 (the same with IPv6 addresses, which are called too; may be absent), DNS_ADDRESS (the cluster DNS Service's), NODES (NAME=ADDRESS of each node).

rules=iptables-save whole=32
if [[ $DNS_ADDRESS == *:* ]]; then rules=ip6tables-save whole=128; fi

# A node that has just joined is Ready before its kube-proxy has written the rules; no claim is about how long that takes.
translates_dns() {
  "$rules" -t nat | grep -c -e "-A KUBE-SERVICES -d $DNS_ADDRESS/$whole -p udp .*--dport 53 -j KUBE-SVC-" ||
    nft list map ip kube-proxy service-ips | grep -c -F "$DNS_ADDRESS . udp . 53 : goto"
}
if ! wait_for "kube-proxy's rules for the cluster's DNS on this node" 60 translates_dns; then
  say "the claims about DNS will say what that means"
fi

# Through the Service an answer comes from one of them by chance. kube-proxy writes each one's address beside its rule, or into it, by its mode.
replicas=$({
  "$rules" -t nat | sed -n 's/^-A KUBE-SVC-.*kube-dns:dns -> \[\{0,1\}\([0-9a-f.:]*\)\]\{0,1\}:53".*/\1/p'
  { nft list table ip kube-proxy 2>/dev/null || true; } | awk '/^\tchain .*kube-system\/kube-dns\/udp\/dns/ { ours = 1 } /^\t}/ { ours = 0 } ours' |
    sed -n 's/, [0-9]* : /\n&/g; p' | sed -n 's/.*[ :]\([0-9]*\.[0-9]*\.[0-9]*\.[0-9]*\)\( \. \|:\)53\b.*/\1/p'
} | sort -u | xargs)

find_pods
# inside_container UID: how a pod's container is entered, with its own files and network, as `crictl exec` would, which starts three programs of containerd's
# for each.
inside_container() {
  # shellcheck disable=SC2154 # pods.sh fills container_pid_of
  echo "nsenter -t ${container_pid_of[$1]:-none} -n -m"
}
# A root server's name: it has had one address for decades, and belongs to no site that somebody might block. The last dot keeps search domains out. Where the
# cluster has IPv6 alone, its DNS does not reach the servers that a node asks by IPv4.
if [[ $DNS_ADDRESS != *:* ]]; then
  observe outside "timeout $(soon 5) getent ahostsv4 a.root-servers.net."
fi

# call PROTOCOL PORT ECHO: what bash does in the pod's network namespace for one other pod. It counts when the answer comes within four seconds, in which TCP tries three
# times: a machine with much else to do is late with each of the programs that take part, and no claim is about that. A datagram must be read at once, which bash's
# own `read` does not do.
# shellcheck disable=SC2016 # the dollars are for the shell there
call() {
  printf 'timeout %s bash -c "exec 3<>/dev/%s/$to/%s && %s \$(timeout %s head -n 1 <&3)"' \
    "$(soon 6)" "$1" "$2" "$3" "$(soon 4)"
}

# call_others NAME PID FAMILY POD...: a ping, TCP and UDP from the pod to each of the others, and to those of its lesson, by which address they are called. FAMILY ends
# the ids of what was seen. Those that keep silent are waited for side by side.
call_others() {
  # shellcheck disable=SC2016 # the dollars are for the shell there
  local name=$1 pid=$2 family=$3 other others='' classmates='' inside hello='echo hello >&3 && echo $to answered' caller='echo $to is called by'
  shift 3
  inside="nsenter -t $pid -n"
  for other; do
    if [[ ${other%%=*} != "$name" ]]; then
      others+=" ${other##*=}"
      if [[ ${other%%/*} == "${name%%/*}" ]]; then classmates+=" ${other##*=}"; fi
    fi
  done
  observe "icmp$family/$name" "for to in$others; do $inside ping -n -c 1 -W $(soon 2) \$to; done"
  observe "tcp$family/$name" "$inside bash -c 'for to in$others; do $(call tcp 7 "$hello") & done; wait'"
  observe "udp$family/$name" "$inside bash -c 'for to in$others; do $(call udp 7 "$hello") & done; wait'"
  if [[ -n $classmates ]]; then
    observe "called-as$family/$name" "$inside bash -c 'for to in$classmates; do $(call tcp 8 "$caller") & done; wait'"
  fi
}

for pod in $PODS; do
  IFS='=' read -r name uid _ <<<"$pod"
  # shellcheck disable=SC2154 # pods.sh fills pid_of
  if [[ -z ${pid_of[$name]:-} ]]; then
    continue
  fi
  # shellcheck disable=SC2086 # words
  call_others "$name" "${pid_of[$name]}" "" $PODS
  # The pod's own resolver first. Each is asked by itself, side by side: one that is silent is not waited for by the others.
  # shellcheck disable=SC2016 # the dollars are for the shell there
  observe "dns/$name" "$(inside_container "$uid") sh -c 'for server in \"\" $replicas; do (answer=\$(timeout $(soon 5) nslookup kubernetes.default.svc.cluster.local. \$server 2>&1); printf \"# asked %s\\n%s\\n\" \"\$server\" \"\$answer\") & done; wait'"
done
# The same calls by the pods' IPv6 addresses.
for pod in ${PODS6:-}; do
  name=${pod%%=*}
  if [[ -n ${pid_of[$name]:-} ]]; then
    # shellcheck disable=SC2086 # words
    call_others "$name" "${pid_of[$name]}" 6 $PODS6
  fi
done

here=$(node_name)
before=true
for node in $NODES; do
  IFS='=' read -r peer address <<<"$node"
  if [[ $before == false ]]; then
    observe "overlay-port/$peer" "ip netns exec podnet-overlay ping -n -c 5 -i 0.05 -W $(soon 2) $address"
  elif [[ $peer == "$here" ]]; then
    before=false
  fi
done
wait
if [[ $(exit_of outside) == 0 ]]; then
  for pod in $PODS; do
    IFS='=' read -r name uid _ <<<"$pod"
    if [[ -n ${pid_of[$name]:-} ]]; then
      observe "outside-name/$name" "$(inside_container "$uid") nslookup a.root-servers.net."
    fi
  done
fi
print_observations
