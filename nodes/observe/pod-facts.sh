# shellcheck shell=bash
# A pod as its own node has it: { name, namespace, uid, node, ip, containers }.
# A machine that was restarted begins its pods anew, with other addresses, while the API server still tells the old ones. So this waits until the
# containers that the API server names are those that run here. By then the node's network is there too: no pod begins before flanneld.
# Parameters: POD_NAMESPACE, POD_NAME, POD_UID.

no_proxies
node=$(node_name)
pods=$(mktemp)
trap 'rm -f "$pods"' EXIT

# The kubelet may ask for its own node's pods.
ask() {
  kubectl --kubeconfig=/etc/kubernetes/kubelet.conf --request-timeout="$(patient 5)s" get pods --all-namespaces \
    --field-selector "spec.nodeName=$node" --output json >"$pods"
}

pod_is_here() {
  jq --exit-status --arg uid "$POD_UID" 'any(.items[]; .metadata.uid == $uid)' "$pods" >/dev/null
}

what_is_named_runs() {
  local running
  ask && running=$(crictl ps --quiet --no-trunc) || return
  # No use waiting for one that is not here.
  ! pod_is_here || jq --exit-status --arg uid "$POD_UID" --arg running "$running" '($running | split("\n")) as $ids
    | .items[] | select(.metadata.uid == $uid) | .status | .podIP and (.containerStatuses
    | length > 0 and all((.containerID // "") | ltrimstr("containerd://") | IN($ids[])))' "$pods"
}

wait_for "$POD_NAMESPACE/$POD_NAME to run as the API server has it" 180 what_is_named_runs
if ! pod_is_here; then
  say "$POD_NAMESPACE/$POD_NAME ($POD_UID) is no longer on $node: someone has deleted it; ./lab pulumi refresh --yes, then ./lab up, makes it anew"
  exit 1
fi
jq --arg uid "$POD_UID" '.items[] | select(.metadata.uid == $uid) | { name: .metadata.name, namespace: .metadata.namespace,
  uid: .metadata.uid, node: .spec.nodeName, ip: .status.podIP, containers: [.spec.containers[].name] }' "$pods"
