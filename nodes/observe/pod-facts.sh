# shellcheck shell=bash
# A pod as its own node has it: { name, namespace, uid, node, ip, containers }.
# A machine that was restarted begins its pods anew, with other addresses, while the API server still tells the old ones. So this waits until the
# containers that the API server names are those that run here. By then the node's network is there too: no pod begins before flanneld.
# Parameters: POD_NAMESPACE, POD_NAME, POD_UID.

no_proxies
node=$(node_name)
pods=$(mktemp)
facts=$(mktemp)
trap 'rm -f "$pods" "$facts"' EXIT

# The kubelet may ask for its own node's pods.
ask() {
  kubectl --kubeconfig=/etc/kubernetes/kubelet.conf --request-timeout="$(patient 5)s" get pods --all-namespaces \
    --field-selector "spec.nodeName=$node" --output json >"$pods"
}

# Its facts once the containers that are named run, and "gone" where there is no such pod: there is nothing to wait for then.
what_is_named_runs() {
  local running
  ask && running=$(crictl ps --quiet --no-trunc) || return
  jq --exit-status --arg uid "$POD_UID" --arg running "$running" '($running | split("\n")) as $ids
    | first(.items[] | select(.metadata.uid == $uid)) // "gone"
    | if . == "gone" then . elif .status | .podIP and (.containerStatuses
      | length > 0 and all((.containerID // "") | ltrimstr("containerd://") | IN($ids[])))
    then { name: .metadata.name, namespace: .metadata.namespace, uid: .metadata.uid, node: .spec.nodeName, ip: .status.podIP,
      containers: [.spec.containers[].name] }
    else null end' "$pods" >"$facts"
}

wait_for "$POD_NAMESPACE/$POD_NAME to run as the API server has it" 180 what_is_named_runs
if [[ $(<"$facts") == '"gone"' ]]; then
  say "$POD_NAMESPACE/$POD_NAME ($POD_UID) is no longer on $node: someone has deleted it; ./lab pulumi refresh --yes, then ./lab up, makes it anew"
  exit 1
fi
cat "$facts"
