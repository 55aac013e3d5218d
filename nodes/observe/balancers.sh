# shellcheck shell=bash
# What the API server says of a lesson's Services of type LoadBalancer: their addresses, where these come from, and the pods behind them; and what the speakers
# say of which node answers for each. Asked on the control plane.
# Parameters: NODES (NAME=ADDRESS, separated by blanks), POD_NAMESPACE, POD_LABEL (of the pods behind the Services, as kubectl takes a selector), REPLICAS
#   (how many of them), BALANCERS (how many such Services).

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf --namespace=$POD_NAMESPACE"
addresses=()
for node in $NODES; do
  addresses+=("${node#*=}")
done
announcers="$(ask_speakers "${addresses[@]}") | jq 'map(select(.namespace == \"$POD_NAMESPACE\"))'"
# Longer than speakers that were apart take to find one another, on a machine of any kind: what is waited for takes thirty times as long where it is emulated.
waiting=60
if emulated; then
  waiting=20
fi

all_ready() {
  local ready
  ready=$($kubectl get endpointslices --output=json | jq "[.items[].endpoints[]? | select(.conditions.ready) | .targetRef.uid] | unique | length")
  echo "the API server knows $ready of $REPLICAS pods that are ready"
  ((ready >= REPLICAS))
}
all_announced() {
  local said
  said=$(bash -c "$announcers")
  echo "asked $NODES (port 7472) who announces $BALANCERS Services, each by one node; they say: $(jq --compact-output . <<<"$said")"
  jq --exit-status --argjson all "$BALANCERS" 'length == $all and (map(.service) | unique | length == $all)' <<<"$said" >/dev/null
}
if ! wait_for "the endpoints of the Services in $POD_NAMESPACE" "$waiting" all_ready; then
  say "the claims about pods will say what that means"
fi
if ! wait_for "one node to answer for each address" "$waiting" all_announced; then
  $kubectl get services --output=wide >&2 || true
  $kubectl logs --selector=component=speaker --prefix --tail=10 >&2 || true
  say "the claims about addresses will say what that means"
fi
observe pods "$kubectl get pods --selector='$POD_LABEL' --output=json | jq '.items | map({name: .metadata.name, uid: .metadata.uid, node: .spec.nodeName, ip: .status.podIP, containers: (.spec.containers | map(.name))})'"
observe balancers "$kubectl get services --output=json | jq '.items | map(select(.spec.type == \"LoadBalancer\") | {name: .metadata.name, policy: .spec.externalTrafficPolicy, addresses: [.status.loadBalancer.ingress[]?.ip]})'"
observe pool "$kubectl get ipaddresspools.metallb.io --output=json | jq '[.items[].spec.addresses[]]'"
observe announcers "$announcers"
print_observations
