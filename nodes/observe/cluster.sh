# shellcheck shell=bash
# What the API server says of nodes and pods, asked on the control plane.
# Parameters: POD_NAMESPACE, FAMILIES (dual: the nodes are asked about for IPv6 too; may be absent).

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf"
observe nodes "$kubectl get nodes --output=json | jq '.items | map({name: .metadata.name, podCIDR: .spec.podCIDR, addresses: .status.addresses, vtep: .metadata.annotations[\"flannel.alpha.coreos.com/backend-data\"], backend: .metadata.annotations[\"flannel.alpha.coreos.com/backend-type\"]})'"
observe pods "$kubectl get pods --namespace=$POD_NAMESPACE --output=wide"
if [[ ${FAMILIES:-} == dual ]]; then
  observe nodes6 "$kubectl get nodes --output=json | jq '.items | map({name: .metadata.name, podCIDR: [(.spec.podCIDRs // [])[] | select(contains(\":\"))][0], addresses: .status.addresses, vtep: .metadata.annotations[\"flannel.alpha.coreos.com/backend-v6-data\"], backend: .metadata.annotations[\"flannel.alpha.coreos.com/backend-type\"]})'"
fi
# A kubelet renews its node's lease every ten seconds; one that has joined just now has written its status, and no lease yet.
observe conditions "$kubectl get nodes,leases --namespace=kube-node-lease --output=json | jq --compact-output '.items as \$all | \$all[] | select(.kind == \"Node\") | .metadata.name as \$name | {name: \$name, ready: (.status.conditions[] | select(.type == \"Ready\") | {status, reason, message, lastHeartbeatTime}), lease: (first(\$all[] | select(.kind == \"Lease\" and .metadata.name == \$name) | .spec | {renewTime, leaseDurationSeconds}) // null), now: (now | todate)}'"
print_observations
