# shellcheck shell=bash
# What the API server says of the cluster's DNS, asked on the control plane: its Service, the CoreDNS pods behind it, and their configuration.
# Parameters: POD_NAMESPACE (of the lesson), REPLICAS (how many pods stand behind each of its Services).

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf"

# CoreDNS knows of a pod once it is in the list of endpoints, which follows a moment after the pod is ready.
all_ready() {
  [[ $($kubectl get endpointslices --namespace="$POD_NAMESPACE" --output=json |
    jq "[.items[] | select([.endpoints[]? | select(.conditions.ready)] | length >= $REPLICAS)] | length") -ge 2 ]]
}
if ! wait_for "the endpoints of the Services in $POD_NAMESPACE" 60 all_ready; then
  say "the claims about names will say what that means"
fi
observe service "$kubectl --namespace=kube-system get service kube-dns --output=json | jq '{address: .spec.clusterIP, ports: (.spec.ports | map({protocol, port}))}'"
observe replicas "$kubectl --namespace=kube-system get pods --selector=k8s-app=kube-dns --output=json | jq '.items | map(select(any(.status.conditions[]?; .type == \"Ready\" and .status == \"True\")) | {name: .metadata.name, node: .spec.nodeName, ip: .status.podIP})'"
observe corefile "$kubectl --namespace=kube-system get configmap coredns --output=jsonpath='{.data.Corefile}'"
print_observations
