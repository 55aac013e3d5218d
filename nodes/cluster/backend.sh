# shellcheck shell=bash
# Where another backend carries packets than when this ran before: waits until flannel has it on every node, and has the pods made anew, whose MTU was
# the old one's. Those of a controller go here; of the others it prints which they are, as members.sh does: { "NAMESPACE/NAME": UID }.
# Parameters: BACKEND (its name in the config).

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
known=/etc/podnet/backend
lost=/etc/podnet/lost-pods.json # members.sh has made it
wait_for "the API server to answer" 30 kubectl --request-timeout="$(patient 5)s" get --raw /readyz

# pods FILTER: those with a network of their own, as jq filters them.
pods() {
  kubectl get pods --all-namespaces --output json | jq --raw-output ".items[] | select(.spec.hostNetwork != true) | $1"
}

if [[ -s $known ]]; then
  before=$(<"$known")
elif [[ -n $(pods 'select(.metadata.ownerReferences == null and .status.podIP != null) | .metadata.name') ]]; then
  # What an older version of the lab has made.
  before=vxlan
else
  before=$BACKEND
fi
if [[ $before != "$BACKEND" ]]; then
  say "from $before to $BACKEND: waiting for flannel on every node"
  kubectl --namespace kube-flannel rollout status daemonset/kube-flannel-ds --timeout="$(patient 300)s" >&2
  pods 'select(.metadata.ownerReferences == null) | "\(.metadata.namespace)/\(.metadata.name) \(.metadata.uid)"' |
    jq --raw-input --slurp --slurpfile lost "$lost" '[split("\n")[] | select(. != "") | split(" ") | { (.[0]): .[1] }] | $lost[0] + add' >"$lost.new"
  mv "$lost.new" "$lost"
  pods 'select(.metadata.ownerReferences != null) | "\(.metadata.namespace) \(.metadata.name)"' | while read -r namespace name; do
    kubectl --namespace "$namespace" delete pod "$name" --wait=false >&2
  done
fi
printf '%s\n' "$BACKEND" >"$known"
cat "$lost"
