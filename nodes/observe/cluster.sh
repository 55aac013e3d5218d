# shellcheck shell=bash
# What the API server says of nodes and pods, asked on the control plane.
# Parameters: POD_NAMESPACE.

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf"
observe nodes "$kubectl get nodes --output=json | jq '.items | map({name: .metadata.name, podCIDR: .spec.podCIDR, addresses: .status.addresses, vtep: .metadata.annotations[\"flannel.alpha.coreos.com/backend-data\"]})'"
observe pods "$kubectl get pods --namespace=$POD_NAMESPACE --output=wide"
print_observations
