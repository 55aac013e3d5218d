# shellcheck shell=bash
# Makes a token for one worker to join with and prints it: a secret. ready.sh revokes it once the worker is there.
# Parameters: WORKER (its node name).

export KUBECONFIG=/etc/kubernetes/admin.conf
# A node of that name whose kubelet does not answer was another machine: the new one could not join beside it.
if kubectl get node "$WORKER" >/dev/null 2>&1 &&
  ! kubectl --request-timeout="$(patient 5)s" get --raw "/api/v1/nodes/$WORKER/proxy/healthz" >/dev/null 2>&1; then
  kubectl delete node "$WORKER" >&2
fi
kubeadm token create --kubeconfig "$KUBECONFIG" --ttl 24h --description "join of $WORKER"
