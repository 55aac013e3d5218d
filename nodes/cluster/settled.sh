# shellcheck shell=bash
# Waits until a cluster whose machines stood still goes on: the API server answers, and has heard of every node since and found it Ready.
# Parameters: NODES (names, separated by blanks). Prints { "ready": COUNT }.

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
read -ra nodes <<<"$NODES"

# What the API server shows of a node at first is what it was before. A kubelet renews its lease every ten seconds.
heard_of() {
  kubectl --request-timeout="$(soon 5)s" --namespace kube-node-lease get lease "$1" --output json |
    jq --exit-status --argjson age "$(patient 12)" 'now - (.spec.renewTime | sub("\\.[0-9]+"; "") | fromdate) < $age'
}
is_ready() {
  kubectl --request-timeout="$(soon 5)s" get node "$1" --output json |
    jq --exit-status 'any(.status.conditions[]; .type == "Ready" and .status == "True")'
}

wait_for "the API server to answer" 60 kubectl --request-timeout="$(soon 5)s" get --raw /readyz
for node in "${nodes[@]}"; do
  wait_for "node $node to be heard of" 60 heard_of "$node"
  wait_for "node $node to be Ready" 60 is_ready "$node"
done
echo "{\"ready\": ${#nodes[@]}}"
