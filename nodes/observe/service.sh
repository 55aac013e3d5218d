# shellcheck shell=bash
# One node's view of a lesson's Services: the rules that kube-proxy wrote, and what answers from here and from the lesson's client,
# where it runs here.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; `client` is the one that calls), NODES (NAME=ADDRESS, separated by blanks),
#   POD_NAMESPACE, and of the Services: CLUSTER_IP and NODE_PORT of hello-world, STICKY_IP of the one that remembers its clients,
#   EMPTY_IP of the one that nothing stands behind.

# A node is Ready before its kube-proxy has written what was made last.
written() {
  iptables-save -t nat | grep -c -e "-A KUBE-SERVICES -d $CLUSTER_IP/32 .*-j KUBE-SVC-" &&
    iptables-save -t nat | grep -c -e "-A KUBE-SERVICES -d $STICKY_IP/32 .*-j KUBE-SVC-" &&
    iptables-save -t filter | grep -c -e "-d $EMPTY_IP/32 .*-j REJECT"
}
if ! wait_for "kube-proxy's rules for the Services on this node" 60 written; then
  say "the claims about rules will say what that means"
fi

seconds=$(soon 2)
get="curl --silent --show-error --noproxy '*' --max-time $seconds"
find_pods
observe rules "iptables-save -t nat | grep -e '$POD_NAMESPACE/hello-world[ \":]'"
observe listing "iptables -t nat -L KUBE-SERVICES -n | grep -e '$CLUSTER_IP ' -e '^Chain' -e '^target'"
observe from-node "$get --header 'Connection: close' 'http://$CLUSTER_IP/[1-10]'"
for node in $NODES; do
  observe "node-port/${node%%=*}" "$get http://${node#*=}:$NODE_PORT/"
done
observe node-port-localhost "$get http://127.0.0.1:$NODE_PORT/"
observe empty "$get http://$EMPTY_IP/"
wait
# A connection of a process of this node: who it was to, and whose answer came back.
port=$((20000 + RANDOM % 10000))
observe translated-node "$get --local-port $port http://$CLUSTER_IP/ && conntrack -L -p tcp --orig-port-src $port --orig-dst $CLUSTER_IP 2>/dev/null"

# shellcheck disable=SC2154 # pods.sh fills pid_of and address_of
if [[ -n ${pid_of[client]:-} ]]; then
  inside="nsenter -t ${pid_of[client]} -n"
  observe from-client "$inside $get --header 'Connection: close' 'http://$CLUSTER_IP/[1-100]'"
  observe sticky "$inside $get --header 'Connection: close' 'http://$STICKY_IP/[1-20]'"
  observe empty-client "$inside $get http://$EMPTY_IP/"
  # By a port of its own: the node's connection is found by its port alone, and both may be in conntrack at once.
  observe translated-client "$inside $get --local-port $((port + 1)) http://$CLUSTER_IP/ && conntrack -L -p tcp --orig-port-src $((port + 1)) --orig-src ${address_of[client]} 2>/dev/null"
fi
# A pod that calls the Service it stands behind may get itself.
for name in "${!pid_of[@]}"; do
  if [[ $name != client ]]; then
    observe "hairpin/$name" "nsenter -t ${pid_of[$name]} -n $get --header 'Connection: close' 'http://$CLUSTER_IP/[1-20]'"
  fi
done
print_observations
