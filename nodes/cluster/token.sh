# shellcheck shell=bash
# Makes a token for one worker to join with and prints it: a secret. It holds until ready.sh revokes it, for a join that failed may be
# tried again days later, and this script is not run again for that.
# Parameters: WORKER (its node name).

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
# A node of that name whose kubelet does not answer was another machine: the new one could not join beside it.
if kubectl get node "$WORKER" >/dev/null 2>&1 &&
  ! kubectl --request-timeout="$(patient 5)s" get --raw "/api/v1/nodes/$WORKER/proxy/healthz" >/dev/null 2>&1; then
  kubectl delete node "$WORKER" >&2
fi

# One token for each worker: an earlier one, whose answer may have been lost, is revoked. A token's Secret names it by the half that is no
# secret.
description="join of $WORKER"
kubectl --namespace kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token --output json |
  jq --raw-output --arg description "$description" \
    '.items[] | select((.data.description // "" | @base64d) == $description) | .metadata.name' |
  xargs --no-run-if-empty kubectl --namespace kube-system delete secret >&2

# Each try gives the API server a few seconds only.
token=""
for try in 1 2 3 4 5; do
  if token=$(kubeadm token create --kubeconfig "$KUBECONFIG" --ttl 0 --description "$description"); then
    break
  fi
  say "no answer to try $try of 5"
  sleep "$(soon 1)"
done
if [[ -z $token ]]; then
  exit 1
fi

# A join reads the cluster's public information with its token's signature, which the controller manager adds a moment later. A join that
# comes before it would ask again only after five seconds.
signed() {
  kubectl --namespace kube-public get configmap cluster-info --output jsonpath='{.data}' | grep -q "jws-kubeconfig-${token%%.*}"
}
wait_for "the cluster's public information to be signed for the token of $WORKER" 30 signed
printf '%s\n' "$token"
