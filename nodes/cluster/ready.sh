# shellcheck shell=bash
# Waits until the cluster is ready: every node Ready, CoreDNS available and answering. Then no join token is needed any more.
# Parameters: NODES (names, separated by blanks), DNS_ADDRESS (the cluster DNS Service's), IMAGE (one that has nslookup).

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
read -ra nodes <<<"$NODES"

# Beside the nodes: everything in the cluster that follows waits for what is slower.
say "waiting for ${#nodes[@]} nodes and CoreDNS"
kubectl --namespace kube-system rollout status deployment/coredns --timeout="$(patient 300)s" >&2 &
coredns=$!
wait_for "${#nodes[@]} nodes to be there" 120 kubectl get nodes "${nodes[@]}"
kubectl wait --for=condition=Ready --timeout="$(patient 300)s" "${nodes[@]/#/node/}" >&2

say "revoking join tokens"
# kubectl, not kubeadm, which gives the API server only a few seconds. The output names each token by the half that is not secret.
kubectl --namespace kube-system delete secrets --field-selector type=bootstrap.kubernetes.io/token >&2 &
revoked=$!
wait "$coredns"

dns_answers() {
  local name=kubernetes.default.svc.cluster.local. type=a
  if [[ $DNS_ADDRESS == *:* ]]; then type=aaaa; fi
  if [[ -x $(command -v nslookup) ]]; then
    # Debian's own ends well whatever it was told; its first address is the server's.
    [[ $(timeout "$(patient 5)" nslookup -type="$type" "$name" "$DNS_ADDRESS" | grep -c '^Address') -gt 1 ]]
  else
    # A host that has no DNS client: with the image that the scenarios use, in the node's network namespace. Starting it takes a third of a second.
    ctr --namespace k8s.io run --rm --net-host "$IMAGE" "podnet-dns-$BASHPID" nslookup "$name" "$DNS_ADDRESS"
  fi
}
wait_for "the cluster's DNS to answer at $DNS_ADDRESS" 120 dns_answers
wait "$revoked"
