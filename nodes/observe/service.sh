# shellcheck shell=bash
# One node's view of a lesson's Services: the rules that kube-proxy wrote, and what answers from here and from the lesson's client,
# where it runs here.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; `client` is the one that calls), NODES (NAME=ADDRESS, separated by blanks),
#   POD_NAMESPACE, PROXY_MODE (iptables or nftables: what kube-proxy writes its rules into), and of the Services: CLUSTER_IP and NODE_PORT of
#   hello-world, LOCAL_PORT of the one that keeps its callers' addresses, STICKY_IP of the one that remembers its clients, EMPTY_IP of the one that
#   nothing stands behind, ECHO_IP of the one that says again what it is told.

# A node is Ready before its kube-proxy has written what was made last.
written_iptables() {
  iptables-save -t nat | grep -c -e "-A KUBE-SERVICES -d $CLUSTER_IP/32 .*-j KUBE-SVC-" &&
    iptables-save -t nat | grep -c -e "-A KUBE-SERVICES -d $STICKY_IP/32 .*-j KUBE-SVC-" &&
    iptables-save -t nat | grep -c -e "-A KUBE-SERVICES -d $ECHO_IP/32 -p udp .*-j KUBE-SVC-" &&
    iptables-save -t filter | grep -c -e "-d $EMPTY_IP/32 .*-j REJECT"
}
written_nftables() {
  nft list map ip kube-proxy service-ips | grep -c -F "$CLUSTER_IP . tcp . 80 : goto" &&
    nft list map ip kube-proxy service-ips | grep -c -F "$STICKY_IP . tcp . 80 : goto" &&
    nft list map ip kube-proxy service-ips | grep -c -F "$ECHO_IP . udp . 7 : goto" &&
    nft list map ip kube-proxy no-endpoint-services | grep -c -F "$EMPTY_IP . tcp . 80 "
}
if ! wait_for "kube-proxy's rules for the Services on this node" 60 "written_$PROXY_MODE"; then
  say "the claims about rules will say what that means"
fi

seconds=$(soon 2)
get="curl --silent --show-error --noproxy '*' --max-time $seconds"
find_pods
observe mode "$get http://127.0.0.1:10249/proxyMode"
case $PROXY_MODE in
  iptables)
    observe rules "iptables-save -t nat | grep -e '$POD_NAMESPACE/hello-world[ \":]'"
    observe listing "iptables -t nat -L KUBE-SERVICES -n | grep -e '$CLUSTER_IP ' -e '^Chain' -e '^target'"
    observe headless "iptables-save | grep -c -e '$POD_NAMESPACE/hello-world-headless'"
    observe other-mode "nft list tables ip | grep -c -e ' kube-proxy$'"
    ;;
  nftables)
    observe rules "nft list table ip kube-proxy"
    observe listing "nft list map ip kube-proxy service-ips | grep -e '$CLUSTER_IP ' -e '^table' -e 'map'; nft list chain ip kube-proxy services"
    observe headless "nft list table ip kube-proxy | grep -c -e '$POD_NAMESPACE/hello-world-headless'"
    observe other-mode "iptables-save | grep -c -E -e '^:KUBE-(SERVICES|NODEPORTS|SVC-|SEP-|EXT-)'"
    ;;
  *)
    say "PROXY_MODE \"$PROXY_MODE\" is not known; write iptables or nftables"
    exit 1
    ;;
esac
observe from-node "$get --header 'Connection: close' 'http://$CLUSTER_IP/[1-10]'"
peers=0
for node in $NODES; do
  observe "node-port/${node%%=*}" "$get http://${node#*=}:$NODE_PORT/"
  # A node that calls its own port is no caller from outside.
  if [[ ${node%%=*} == "$(node_name)" ]]; then
    own=${node#*=}
  else
    peers=$((peers + 1))
    observe "local-port/${node%%=*}" "$get http://${node#*=}:$LOCAL_PORT/"
  fi
done
observe node-port-localhost "$get http://127.0.0.1:$NODE_PORT/"
observe empty "$get http://$EMPTY_IP/"
wait
# A connection of a process of this node: who it was to, and whose answer came back.
port=$((20000 + RANDOM % 10000))
observe translated-node "$get --local-port $port http://$CLUSTER_IP/ && conntrack -L -p tcp --orig-port-src $port --orig-dst $CLUSTER_IP 2>/dev/null"

# datagrams: twenty, each of a socket of its own and so with a choice of its own; each may take five seconds, since its processes share a processor with all
# that looks at the same time, and nothing sends it again. large: ten connections and ten datagrams, with more than any packet
# on the way may hold in each direction.
# shellcheck disable=SC2016 # the dollars are for the shell there
printf -v datagrams 'bash -c '\''for each in $(seq 20); do timeout %s bash -c "exec 3<>/dev/udp/%s/7 && echo hello >&3 && head -n 1 <&3" & done; wait'\''' "$(soon 5)" "$ECHO_IP"
# shellcheck disable=SC2016 # the dollars are for the shell there
printf -v large 'bash -c '\''for each in udp/%s/7=3000 tcp/%s/7=100000; do for try in $(seq 10); do timeout %s bash -c "exec 3<>/dev/${each%%%%=*} && { head -c ${each#*=} /dev/zero >&3 & } && echo ${each%%%%/*} \$(head -c ${each#*=} <&3 | wc -c)" & done; done; wait'\''' "$ECHO_IP" "$ECHO_IP" "$(soon 4)"
observe udp-node "$datagrams; conntrack -L -p udp --orig-dst $ECHO_IP 2>/dev/null"
observe large-node "$large"

# shellcheck disable=SC2154 # pods.sh fills pid_of and address_of
if [[ -n ${pid_of[client]:-} ]]; then
  inside="nsenter -t ${pid_of[client]} -n"
  observe from-client "$inside $get --header 'Connection: close' 'http://$CLUSTER_IP/[1-100]'"
  observe sticky "$inside $get --header 'Connection: close' 'http://$STICKY_IP/[1-20]'"
  observe empty-client "$inside $get http://$EMPTY_IP/"
  observe udp-client "$inside $datagrams; conntrack -L -p udp --orig-src ${address_of[client]} --orig-dst $ECHO_IP 2>/dev/null"
  observe large-client "$inside $large"
  # By a port of its own: the node's connection is found by its port alone, and both may be in conntrack at once.
  observe translated-client "$inside $get --local-port $((port + 1)) http://$CLUSTER_IP/ && conntrack -L -p tcp --orig-port-src $((port + 1)) --orig-src ${address_of[client]} 2>/dev/null"
fi
# A pod that calls the Service it stands behind may get itself.
backends=0
for name in "${!pid_of[@]}"; do
  if [[ $name != client ]]; then
    backends=$((backends + 1))
    observe "hairpin/$name" "nsenter -t ${pid_of[$name]} -n $get --header 'Connection: close' 'http://$CLUSTER_IP/[1-20]'"
  fi
done

# The other nodes look at the same time, and call this one: its table of connections has both addresses of each caller for two minutes.
# called PORT: whether as many other nodes as there are have called this one there, and were answered by a pod that there still is.
answering=''
for name in "${!address_of[@]}"; do
  if [[ $name != client ]]; then answering+="|${address_of[$name]//./\\.}"; fi
done
called() {
  (($(conntrack -L -p tcp --orig-dst "${own:-none}" --orig-port-dst "$1" 2>/dev/null | grep -E " src=(${answering#|}) " | sed -n 's/^[^=]* src=\([0-9.]*\) .*/\1/p' |
    sort -u | grep -c -v -x -F "${own:-none}") >= peers))
}
callers() {
  # The longer an entry still stays, the later was the call.
  echo "conntrack -L -p tcp --orig-dst ${own:-none} --orig-port-dst $1 2>/dev/null | sort -k 3,3 -n -r"
}
if ! wait_for "the calls of the other nodes" 20 called "$NODE_PORT"; then
  say "the claims about callers from outside will say what that means"
fi
observe callers/cluster "$(callers "$NODE_PORT")"
if ((backends > 0)); then
  if ! wait_for "the calls of the other nodes" 20 called "$LOCAL_PORT"; then
    say "the claims about callers from outside will say what that means"
  fi
fi
observe callers/local "$(callers "$LOCAL_PORT")"
print_observations
