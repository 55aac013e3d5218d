# shellcheck shell=bash
# What the API server says of a lesson's Services, their endpoints and the pods behind them, asked on the control plane.
# Parameters: POD_NAMESPACE, POD_LABEL (of the pods behind the Services, as kubectl takes a selector), REPLICAS (how many of them).

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf --namespace=$POD_NAMESPACE"

# A Deployment says that it is available when its pods are; the list of endpoints follows a moment later.
all_ready() {
  [[ $($kubectl get endpointslices --output=json |
    jq "[.items[].endpoints[]? | select(.conditions.ready) | .targetRef.uid] | unique | length") -ge $REPLICAS ]]
}
if ! wait_for "the endpoints of the Services in $POD_NAMESPACE" 60 all_ready; then
  say "the claims about endpoints will say what that means"
fi
observe pods "$kubectl get pods --selector='$POD_LABEL' --output=json | jq '.items | map({name: .metadata.name, uid: .metadata.uid, node: .spec.nodeName, ip: .status.podIP, containers: (.spec.containers | map(.name))})'"
observe services "$kubectl get services --output=json | jq '.items | map({name: .metadata.name, type: .spec.type, address: .spec.clusterIP, ports: .spec.ports})'"
observe endpoints "$kubectl get endpointslices --output=json | jq '.items | map({service: .metadata.labels[\"kubernetes.io/service-name\"], ports: (.ports // [] | map(.port)), ready: (.endpoints // [] | map(select(.conditions.ready) | .addresses[]))})'"
print_observations
