#!/usr/bin/env bash
# Purpose: the yardstick of before the cluster was made faster, kept as it was with its node scripts (before/). The yardstick for `pulumi up`: the same lab by a script that goes straight to the end, by docker and kubectl, on the same
# image: boot, kubeadm init, joins side by side, flannel, the scenarios' pods, everything Ready.
# Parameters: STACK, LAB (its id), CIDR (a /24), PORTS (SSH ports of three machines), API_PORT, CONTROL_PLANE_IMAGE, WORKER_IMAGE, and what nodes/cluster/init.sh
# is told of the images in them: KUBERNETES_VERSION, ETCD_TAG, COREDNS_TAG.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
local_platform=$here/../../platforms/local
: "${STACK:?}" "${LAB:?}" "${CIDR:?}" "${PORTS:?}" "${API_PORT:?}" "${CONTROL_PLANE_IMAGE:?}" "${WORKER_IMAGE:?}" "${KUBERNETES_VERSION:?}" "${ETCD_TAG:?}" "${COREDNS_TAG:?}"
export STACK LAB CIDR PORTS START=first
export NODES="k8s-master k8s-worker1 k8s-worker2"
prefix=${CIDR%.*}
read -ra ports <<<"$PORTS"
started=$EPOCHREALTIME

step() {
  awk -v from="$started" -v to="$EPOCHREALTIME" -v what="$*" 'BEGIN { printf "%7.1f s  %s\n", to - from, what }' >&2
}

# finished PID...: waits for all of them; one that failed fails the script.
finished() {
  local pid
  for pid; do wait "$pid"; done
}

field() { jq --raw-output --arg name "$1" '.[$name]'; }

# machine INDEX NAME IMAGE [API_PORT]
machine() {
  local host
  host=$(COMMENT=$2 "$local_platform/../keys.sh")
  {
    field publicKey <<<"$host"
    field publicKey <<<"$client"
    field privateKey <<<"$host"
  } | NODE=$2 IMAGE=$3 ADDRESS=$prefix.1$1 SSH_PORT=${ports[$1]} API_PORT=${4:-} "$local_platform/machine.sh" create >/dev/null
}

# on NAME SCRIPT [VARIABLE=VALUE...]: one of before/*.sh in a machine; standard input goes to the script.
on() {
  local name=$1 script=$2
  shift 2
  docker exec --interactive --env HOME=/root "${@/#/--env=}" "podnet-$STACK-$name" bash -c "set -euo pipefail
$(cat "$here/before/lib.sh" "$here/before/kubeadm.sh" "$here/before/$script.sh")"
}

kubectl() { docker exec --interactive "podnet-$STACK-k8s-master" kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }

client=$(COMMENT=client "$local_platform/../keys.sh")
LOGIN=$(field publicKey <<<"$client")
export LOGIN
"$local_platform/ground.sh"
NETWORK=$("$local_platform/network.sh" create)
export NETWORK
machine 0 k8s-master "$CONTROL_PLANE_IMAGE" "$API_PORT" &
pids=($!)
machine 1 k8s-worker1 "$WORKER_IMAGE" &
pids+=($!)
machine 2 k8s-worker2 "$WORKER_IMAGE" &
pids+=($!)
finished "${pids[@]}"
step booted

ranges=(POD_CIDR=10.244.0.0/16 SERVICE_CIDR=10.96.0.0/16)
prepare() { on "$1" prepare "NODE_NAME=$1" "NODE_ADDRESS=$prefix.1$2" "${ranges[@]}" 2>/dev/null; }
prepare k8s-worker1 1 &
pids=($!)
prepare k8s-worker2 2 &
pids+=($!)
prepare k8s-master 0
result=$(on k8s-master init NODE_NAME=k8s-master "NODE_ADDRESS=$prefix.10" API_HOST=127.0.0.1 "API_PORT=$API_PORT" "${ranges[@]}" \
  "KUBERNETES_VERSION=$KUBERNETES_VERSION" "ETCD_TAG=$ETCD_TAG" "COREDNS_TAG=$COREDNS_TAG" 2>/dev/null)
finished "${pids[@]}"
step initialised

sed "s/API_ADDRESS/$prefix.10/" "$here/flannel.yaml" | kubectl apply --filename - >/dev/null
join() {
  kubectl_token=$(on k8s-master token "WORKER=$1" 2>/dev/null)
  on "$1" join "NODE_NAME=$1" "NODE_ADDRESS=$prefix.1$2" "API_SERVER=$prefix.10:6443" "CA_HASH=$(field caHash <<<"$result")" \
    <<<"$kubectl_token" 2>/dev/null
}
join k8s-worker1 1 &
pids=($!)
join k8s-worker2 2 &
pids+=($!)
kubectl apply --filename - <"$here/pods.yaml" >/dev/null
finished "${pids[@]}"
step joined

kubectl wait --for=condition=Ready --timeout=120s node --all >/dev/null
step "nodes Ready"
kubectl --namespace kube-system rollout status deployment/coredns --timeout=120s >/dev/null
for namespace in container-to-container pod-to-pod-single-node pod-to-pod-multi-node; do
  kubectl --namespace "$namespace" wait --for=condition=Ready --timeout=120s pod --all >/dev/null
done
step "pods Ready"
