#!/usr/bin/env bash
# Purpose: the yardstick for `pulumi up`: the same lab by a script that goes straight to the end, by docker and kubectl, on the same
# image: boot, kubeadm init, joins side by side, flannel, the scenarios' pods, everything Ready.
# Parameters: STACK, LAB (its id), CIDR (a /24), PORTS (SSH ports of three machines), API_PORT, CONTROL_PLANE_IMAGE, WORKER_IMAGE, and what nodes/cluster/init.sh
# is told of the images in them: KUBERNETES_VERSION, ETCD_TAG, COREDNS_TAG.
# SCRIPTS is a folder with prepare.sh, init.sh, addons.sh, token.sh and join.sh of nodes/cluster, each with its libraries before it. PHASES, if set, is a file that gets one line for each step of each
# machine (machine, step, start, end) and for each line of kubeadm's (machine, "says", moment, text), separated by tabs; times are Unix seconds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
local_platform=$here/../../platforms/local
: "${STACK:?}" "${LAB:?}" "${CIDR:?}" "${PORTS:?}" "${API_PORT:?}" "${CONTROL_PLANE_IMAGE:?}" "${WORKER_IMAGE:?}" "${KUBERNETES_VERSION:?}" "${ETCD_TAG:?}" "${COREDNS_TAG:?}" "${SCRIPTS:?}"
export STACK LAB CIDR PORTS
export NODES="k8s-master k8s-worker1 k8s-worker2"
# What machine.sh and status.sh agree on in an update; here every start is the first.
export START=${EPOCHREALTIME%.*}
prefix=${CIDR%.*}
read -ra ports <<<"$PORTS"
started=$EPOCHREALTIME

step() {
  awk -v from="$started" -v to="$EPOCHREALTIME" -v what="$*" 'BEGIN { printf "%7.1f s  %s\n", to - from, what }' >&2
}

# timed MACHINE STEP COMMAND...: runs it, and writes down when.
timed() {
  local lane=$1 what=$2 from=$EPOCHREALTIME code=0
  shift 2
  "$@" || code=$?
  if [[ -n ${PHASES:-} ]]; then
    printf '%s\t%s\t%s\t%s\n' "$lane" "$what" "$from" "$EPOCHREALTIME" >>"$PHASES"
  fi
  return "$code"
}

# heard MACHINE: standard input is what kubeadm says there; each line is written down with its moment.
heard() {
  local line
  while IFS= read -r line; do
    if [[ -n ${PHASES:-} ]]; then
      printf '%s\tsays\t%s\t%s\n' "$1" "$EPOCHREALTIME" "$line" >>"$PHASES"
    fi
  done
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

# on NAME SCRIPT [VARIABLE=VALUE...]: one of SCRIPTS in a machine; standard input goes to the script.
on() {
  local name=$1 script=$2
  shift 2
  docker exec --interactive --env HOME=/root "${@/#/--env=}" "podnet-$STACK-$name" bash -c "set -euo pipefail
$(cat "$SCRIPTS/$script.sh")"
}

kubectl() { docker exec --interactive "podnet-$STACK-k8s-master" kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }

client=$(COMMENT=client "$local_platform/../keys.sh")
LOGIN=$(field publicKey <<<"$client")
export LOGIN
timed host ground "$local_platform/ground.sh"
NETWORK=$(timed host network "$local_platform/network.sh" create)
export NETWORK
timed k8s-master boot machine 0 k8s-master "$CONTROL_PLANE_IMAGE" "$API_PORT" &
pids=($!)
timed k8s-worker1 boot machine 1 k8s-worker1 "$WORKER_IMAGE" &
pids+=($!)
timed k8s-worker2 boot machine 2 k8s-worker2 "$WORKER_IMAGE" &
pids+=($!)
finished "${pids[@]}"
step booted

ranges=(POD_CIDR=10.244.0.0/16 SERVICE_CIDR=10.96.0.0/16 POD_PACKETS=wrapped BACKEND=vxlan)
prepare() { timed "$1" prepare on "$1" prepare "NODE_NAME=$1" "NODE_ADDRESS=$prefix.1$2" "${ranges[@]}" 2>/dev/null; }
prepare k8s-worker1 1 &
pids=($!)
prepare k8s-worker2 2 &
pids+=($!)
prepare k8s-master 0
result=$(timed k8s-master init on k8s-master init NODE_NAME=k8s-master "NODE_ADDRESS=$prefix.10" API_HOST=127.0.0.1 "API_PORT=$API_PORT" "${ranges[@]}" \
  "KUBERNETES_VERSION=$KUBERNETES_VERSION" "ETCD_TAG=$ETCD_TAG" "COREDNS_TAG=$COREDNS_TAG" 2> >(heard k8s-master))
finished "${pids[@]}"
step initialised

timed k8s-master addons on k8s-master addons PROXY_MODE=iptables 2>/dev/null &
addons=$!
timed host flannel kubectl apply --filename - >/dev/null < <(sed "s/API_ADDRESS/$prefix.10/" "$here/flannel.yaml")
join() {
  kubectl_token=$(timed "$1" token on k8s-master token "WORKER=$1" 2>/dev/null)
  timed "$1" join on "$1" join "NODE_NAME=$1" "NODE_ADDRESS=$prefix.1$2" "API_SERVER=$prefix.10:6443" "CA_HASH=$(field caHash <<<"$result")" \
    <<<"$kubectl_token" 2> >(heard "$1")
}
join k8s-worker1 1 &
pids=($!)
join k8s-worker2 2 &
pids+=($!)
timed host pods kubectl apply --filename - <"$here/pods.yaml" >/dev/null
finished "$addons" "${pids[@]}"
step joined

timed host "nodes Ready" kubectl wait --for=condition=Ready --timeout=120s node --all >/dev/null
step "nodes Ready"
timed host DNS kubectl --namespace kube-system rollout status deployment/coredns --timeout=120s >/dev/null
for namespace in container-to-container pod-to-pod-single-node pod-to-pod-multi-node; do
  timed host "pods Ready" kubectl --namespace "$namespace" wait --for=condition=Ready --timeout=120s pod --all >/dev/null
done
step "pods Ready"
