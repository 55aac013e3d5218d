# shellcheck shell=bash
# Waits until the cluster is ready: every node Ready, CoreDNS available and answering. Then no join token is needed any more.
# Parameters: NODES (names, separated by blanks), DNS_ADDRESS (the cluster DNS Service's), IMAGE (one that has nslookup).

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
read -ra nodes <<<"$NODES"

say "waiting for ${#nodes[@]} nodes"
for node in "${nodes[@]}"; do
  wait_for "node $node to be there" 120 kubectl get node "$node"
done
kubectl wait --for=condition=Ready --timeout="$(patient 300)s" "${nodes[@]/#/node/}" >&2
say "waiting for CoreDNS"
kubectl --namespace kube-system rollout status deployment/coredns --timeout="$(patient 300)s" >&2

dns_answers() {
  # In the node's network namespace, with the image that the scenarios use: the node itself needs no DNS client.
  ctr --namespace k8s.io run --rm --net-host "$IMAGE" "podnet-dns-$BASHPID" \
    nslookup kubernetes.default.svc.cluster.local. "$DNS_ADDRESS"
}
wait_for "the cluster's DNS to answer at $DNS_ADDRESS" 120 dns_answers

say "revoking join tokens"
# kubectl, not kubeadm, which gives the API server only a few seconds. The output names each token by the half that is not secret.
kubectl --namespace kube-system delete secrets --field-selector type=bootstrap.kubernetes.io/token >&2
