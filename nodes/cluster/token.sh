# shellcheck shell=bash
# Makes a token for one worker to join with and prints it: a secret. ready.sh revokes it once the worker is there.
# Parameters: WORKER (its node name).

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
# A node of that name whose kubelet does not answer was another machine: the new one could not join beside it.
if kubectl get node "$WORKER" >/dev/null 2>&1 &&
  ! kubectl --request-timeout="$(patient 5)s" get --raw "/api/v1/nodes/$WORKER/proxy/healthz" >/dev/null 2>&1; then
  kubectl delete node "$WORKER" >&2
fi
# Each try gives the API server a few seconds only. A token of a try whose answer was lost is revoked with the others.
for try in 1 2 3 4 5; do
  if kubeadm token create --kubeconfig "$KUBECONFIG" --ttl 24h --description "join of $WORKER"; then
    exit
  fi
  say "no answer to try $try of 5"
  sleep "$(soon 1)"
done
exit 1
