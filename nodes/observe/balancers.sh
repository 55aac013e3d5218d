# shellcheck shell=bash
# What the API server says of a lesson's Services of type LoadBalancer: their addresses, where these come from, which node answers for each, and the pods
# behind them. Asked on the control plane.
# Parameters: POD_NAMESPACE, POD_LABEL (of the pods behind the Services, as kubectl takes a selector), REPLICAS (how many of them), BALANCERS (how many
#   such Services).

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf --namespace=$POD_NAMESPACE"

all_ready() {
  [[ $($kubectl get endpointslices --output=json |
    jq "[.items[].endpoints[]? | select(.conditions.ready) | .targetRef.uid] | unique | length") -ge $REPLICAS ]]
}
all_announced() {
  [[ $($kubectl get servicel2statuses.metallb.io --output=json | jq '[.items[].status | select(.node != null)] | length') -ge $BALANCERS ]]
}
if ! wait_for "the endpoints of the Services in $POD_NAMESPACE" 60 all_ready; then
  say "the claims about pods will say what that means"
fi
if ! wait_for "a node to answer for each address" 60 all_announced; then
  say "the claims about addresses will say what that means"
fi
observe pods "$kubectl get pods --selector='$POD_LABEL' --output=json | jq '.items | map({name: .metadata.name, uid: .metadata.uid, node: .spec.nodeName, ip: .status.podIP, containers: (.spec.containers | map(.name))})'"
observe balancers "$kubectl get services --output=json | jq '.items | map(select(.spec.type == \"LoadBalancer\") | {name: .metadata.name, policy: .spec.externalTrafficPolicy, addresses: [.status.loadBalancer.ingress[]?.ip]})'"
observe pool "$kubectl get ipaddresspools.metallb.io --output=json | jq '[.items[].spec.addresses[]]'"
observe announcers "$kubectl get servicel2statuses.metallb.io --output=json | jq '.items | sort_by(.metadata.creationTimestamp) | reverse | map(.status | {service: .serviceName, node})'"
print_observations
