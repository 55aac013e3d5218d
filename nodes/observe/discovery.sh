# shellcheck shell=bash
# How a lesson's pods find its database, asked on the control plane: by variables that a container was given when it started, by the Service's name, and
# by a name whose Service gets another address meanwhile. That Service is made here, and taken away again.
# Parameters: POD_NAMESPACE, CLIENTS (names of the pods that ask, separated by blanks), SELECTOR (label of the database's pod: KEY=VALUE).

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf --namespace=$POD_NAMESPACE"
first_client=${CLIENTS%% *}

observe service "$kubectl get service redis --output=json | jq '{address: .spec.clusterIP, port: .spec.ports[0].port, made: .metadata.creationTimestamp}'"
observe started "$kubectl get pods $CLIENTS --output=json | jq '.items | map({name: .metadata.name, started: .status.containerStatuses[0].state.running.startedAt})'"
# ping HOST: what is typed in a pod to have the database answer; it speaks in lines. The course's image has no bash, and its nc is busybox's.
ping() {
  printf "sh -c 'printf \"PING\\\\r\\\\nQUIT\\\\r\\\\n\" | nc -w %s %s 6379 | head -n 1'" "$(soon 3)" "$1"
}
for client in $CLIENTS; do
  observe "variables/$client" "$kubectl exec $client -- env | grep -e '^REDIS_' | sort"
  observe "database/$client" "$kubectl exec $client -- $(ping redis)"
done

# moving ADDRESS: a Service of that address, and its own choice where there is none.
moving() {
  $kubectl apply --filename=- >&2 <<SERVICE
{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "moving"},
 "spec": {"selector": {"${SELECTOR%%=*}": "${SELECTOR#*=}"}, "ports": [{"port": 6379}]}}
SERVICE
  address=$($kubectl get service moving --output=jsonpath='{.spec.clusterIP}')
}
answers() {
  eval "$kubectl exec $first_client -- $(ping moving)" | grep --quiet PONG
}
again() {
  $kubectl delete service moving --ignore-not-found >&2
  moving
  wait_for "the Service moving to answer by its name" 30 answers || say "the claim about it will say what that means"
}
trap '$kubectl delete service moving --ignore-not-found >&2' EXIT
again
old=$address
observe first "$kubectl get service moving --output=jsonpath='{.spec.clusterIP}'"
observe by-first "$kubectl exec $first_client -- $(ping moving)"
wait
again
observe second "$kubectl get service moving --output=jsonpath='{.spec.clusterIP}'"
observe by-second "$kubectl exec $first_client -- $(ping moving)"
observe by-old "$kubectl exec $first_client -- $(ping "$old")"
print_observations
