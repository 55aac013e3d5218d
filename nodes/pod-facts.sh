# shellcheck shell=bash
# A pod as its own node has it: { name, namespace, uid, node, ip, containers }.
# A machine that was restarted begins its pods anew, with other addresses, while the API server still tells the old ones. So this waits until the
# containers that the API server names are those that run here, the pod's and those of the node's own network.
# Parameters: POD_NAMESPACE, POD_NAME, POD_UID.

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
  # Nothing to wait for.
  pod_is_here || return 0
  [[ -e /sys/class/net/flannel.1 ]] || { echo "flannel.1 is not there"; return 1; }
  jq --raw-output --arg uid "$POD_UID" --arg running "$running" '
    ($running | split("\n")) as $ids
    | .items[] | select(.metadata.uid == $uid or .metadata.namespace == "kube-flannel" or .metadata.labels["k8s-app"] == "kube-proxy")
    | select(.status.containerStatuses | length == 0 or any(.[]; (.containerID // "") | ltrimstr("containerd://") | IN($ids[]) | not))
    | "\(.metadata.namespace)/\(.metadata.name) does not run yet"' "$pods" | not_a_word
}

# It prints what it reads, for wait_for to tell, and fails if that is anything.
not_a_word() {
  local text
  text=$(cat)
  echo "$text"
  [[ -z $text ]]
}

wait_for "$POD_NAMESPACE/$POD_NAME to run as the API server has it" 180 what_is_named_runs
if ! pod_is_here; then
  say "$POD_NAMESPACE/$POD_NAME ($POD_UID) is on $node no more: someone has deleted it; ./lab pulumi refresh --yes, then ./lab up, makes it anew"
  exit 1
fi
jq --arg uid "$POD_UID" '.items[] | select(.metadata.uid == $uid) | { name: .metadata.name, namespace: .metadata.namespace,
  uid: .metadata.uid, node: .spec.nodeName, ip: .status.podIP, containers: [.spec.containers[].name] }' "$pods"
