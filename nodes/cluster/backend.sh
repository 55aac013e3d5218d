# shellcheck shell=bash
# Where another backend carries packets than when this ran before: waits until flannel has it on every node, and has the pods made anew, whose MTU was
# the old one's. Those of a controller go here; of the others it prints which they are, as members.sh does: { "NAMESPACE/NAME": UID }.
# Parameters: BACKEND (its name in the config).

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
known=/etc/podnet/backend
lost=/etc/podnet/lost-pods.json # members.sh has made it

# pods FILTER: those with a network of their own, as jq filters them.
pods() {
  kubectl get pods --all-namespaces --output json --request-timeout="$(patient 5)s" |
    jq --raw-output ".items[] | select(.spec.hostNetwork != true) | $1"
}

# backend_before: the one that carried packets, as far as it is not this one. One question to the API server on a cluster that has just come up, and none later.
backend_before() {
  local made
  if [[ -s $known ]]; then
    cat "$known"
    return
  fi
  made=$(pods 'select(.metadata.ownerReferences == null and .status.podIP != null) | .metadata.name') || return
  # What is there already, an older version of the lab has made.
  if [[ -n $made ]]; then echo vxlan; else echo "$BACKEND"; fi
}
look_back() { backend_before >"$known.before"; }
wait_for "the API server to answer" 30 look_back
before=$(<"$known.before")
rm "$known.before"
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
