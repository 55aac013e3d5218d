# shellcheck shell=bash
# From each pod of this node to every other pod: a ping, a TCP connection and a UDP datagram; to the other pods of its lesson, by which address they
# are called; and a question to the cluster's DNS and to each program behind it. From this node to those after it in NODES: VXLAN beside flannel's.
# Where this node itself finds a name of the outside, the cluster's DNS is asked for that as well. nodes/observe/serve-echo.sh has run on every node before.
# Parameters: PODS (NAMESPACE/NAME=UID=ADDRESS, separated by blanks), PODS6 (the same with IPv6 addresses, which are called too; may be absent), DNS_ADDRESS (the cluster DNS Service's), NODES (NAME=ADDRESS of each node).

# A node that has just joined is Ready before its kube-proxy has written the rules; no claim is about how long that takes.
translates_dns() {
  iptables-save -t nat | grep -c -e "-A KUBE-SERVICES -d $DNS_ADDRESS/32 -p udp .*--dport 53 -j KUBE-SVC-" ||
    nft list map ip kube-proxy service-ips | grep -c -F "$DNS_ADDRESS . udp . 53 : goto"
}
if ! wait_for "kube-proxy's rules for the cluster's DNS on this node" 60 translates_dns; then
  say "the claims about DNS will say what that means"
fi

# Through the Service an answer comes from one of them by chance. kube-proxy writes each one's address beside its rule, or into it, by its mode.
replicas=$({
  iptables-save -t nat | sed -n 's/^-A KUBE-SVC-.*kube-dns:dns -> \([0-9.]*\):53".*/\1/p'
  { nft list table ip kube-proxy 2>/dev/null || true; } | awk '/^\tchain .*kube-system\/kube-dns\/udp\/dns/ { ours = 1 } /^\t}/ { ours = 0 } ours' |
    sed -n 's/, [0-9]* : /\n&/g; p' | sed -n 's/.*[ :]\([0-9]*\.[0-9]*\.[0-9]*\.[0-9]*\)\( \. \|:\)53\b.*/\1/p'
} | sort -u | xargs)

observe running "crictl ps --output json | jq --raw-output '.containers[] | \"\(.labels[\"io.kubernetes.pod.uid\"]) \(.id)\"'"
find_pods
# How each pod's container is entered: with its own files and network, as `crictl exec` would, which starts three programs of containerd's for each.
declare -A process_of=() container_of=()
while read -r id pid _; do
  process_of[${id:-none}]=$pid
done <<<"$(output_of tasks)"
while read -r uid id; do
  container_of[${uid:-none}]="nsenter -t ${process_of[$id]:-none} -n -m"
done <<<"$(output_of running)"
# A root server's name: it has had one address for decades, and belongs to no site that somebody might block. The last dot keeps search domains out.
observe outside "timeout $(soon 5) getent ahostsv4 a.root-servers.net."

# call PROTOCOL: what bash does in the pod's network namespace; an answer that takes more than two seconds, in which TCP tries twice, does not count. A datagram must
# be read at once, which bash's own `read` does not do.
# shellcheck disable=SC2016 # the dollars are for the shell there
call() {
  printf 'timeout %s bash -c "exec 3<>/dev/%s/$to/7 && echo hello >&3 && echo $to answered \$(timeout %s head -n 1 <&3)"' \
    "$(soon 4)" "$1" "$(soon 2)"
}

for pod in $PODS; do
  IFS='=' read -r name uid _ <<<"$pod"
  # shellcheck disable=SC2154 # pods.sh fills pid_of
  pid=${pid_of[$name]:-}
  if [[ -z $pid ]]; then
    continue
  fi
  others=()
  classmates=()
  for other in $PODS; do
    if [[ $other != "$pod" ]]; then
      others+=("${other##*=}")
      if [[ ${other%%/*} == "${name%%/*}" ]]; then classmates+=("${other##*=}"); fi
    fi
  done
  each="for to in ${others[*]}; do"
  observe "icmp/$name" "$each nsenter -t $pid -n ping -n -c 1 -W $(soon 2) \$to; done"
  observe "tcp/$name" "nsenter -t $pid -n bash -c '$each $(call tcp); done'"
  observe "udp/$name" "nsenter -t $pid -n bash -c '$each $(call udp); done'"
  if ((${#classmates[@]} > 0)); then
    # shellcheck disable=SC2016 # the dollars are for the shell there
    observe "called-as/$name" "nsenter -t $pid -n bash -c 'for to in ${classmates[*]}; do timeout $(soon 4) bash -c \"exec 3<>/dev/tcp/\$to/8 && echo \$to is called by \\\$(timeout $(soon 2) head -n 1 <&3)\"; done'"
  fi
  # The pod's own resolver first. Each is asked by itself, side by side: one that is silent is not waited for by the others.
  # shellcheck disable=SC2016 # the dollars are for the shell there
  observe "dns/$name" "${container_of[$uid]:-nsenter -t none} sh -c 'for server in \"\" $replicas; do (answer=\$(timeout $(soon 5) nslookup kubernetes.default.svc.cluster.local. \$server 2>&1); printf \"# asked %s\\n%s\\n\" \"\$server\" \"\$answer\") & done; wait'"
done

# The same calls by the pods' IPv6 addresses.
for pod in ${PODS6:-}; do
  IFS='=' read -r name _ <<<"$pod"
  pid=${pid_of[$name]:-}
  if [[ -z $pid ]]; then
    continue
  fi
  others=()
  classmates=()
  for other in $PODS6; do
    if [[ $other != "$pod" ]]; then
      others+=("${other##*=}")
      if [[ ${other%%/*} == "${name%%/*}" ]]; then classmates+=("${other##*=}"); fi
    fi
  done
  each="for to in ${others[*]}; do"
  observe "icmp6/$name" "$each nsenter -t $pid -n ping -n -c 1 -W $(soon 2) \$to; done"
  observe "tcp6/$name" "nsenter -t $pid -n bash -c '$each $(call tcp); done'"
  observe "udp6/$name" "nsenter -t $pid -n bash -c '$each $(call udp); done'"
  if ((${#classmates[@]} > 0)); then
    # shellcheck disable=SC2016 # the dollars are for the shell there
    observe "called-as6/$name" "nsenter -t $pid -n bash -c 'for to in ${classmates[*]}; do timeout $(soon 4) bash -c \"exec 3<>/dev/tcp/\$to/8 && echo \$to is called by \\\$(timeout $(soon 2) head -n 1 <&3)\"; done'"
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
      observe "outside-name/$name" "${container_of[$uid]:-nsenter -t none} nslookup a.root-servers.net."
    fi
  done
fi
print_observations
