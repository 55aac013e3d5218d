# shellcheck shell=bash
# Takes every node out of the cluster that no longer belongs to it: drained, then deleted. Its machine may go after that.
# A node whose machine was replaced goes as well: what ran on the old machine is gone, and the new one joins under the same name.
# Parameters: MACHINES (NAME=IDENTITY of those that stay or are still to come, separated by blanks).
# Prints the pods that no controller makes anew and that were lost so, of this run and all before it: { "NAMESPACE/NAME": UID }.

no_proxies
export KUBECONFIG=/etc/kubernetes/admin.conf
lost=/etc/podnet/lost-pods.json
known=/etc/podnet/machines
if [[ ! -s $lost ]]; then
  echo '{}' >"$lost"
fi
touch "$known"
wait_for "the API server to answer" 30 kubectl --request-timeout="$(patient 5)s" get --raw /readyz

# Before they go: an interrupted run is known as well.
remember_pods() {
  kubectl get pods --all-namespaces --field-selector "spec.nodeName=$1" --output json |
    jq --slurpfile lost "$lost" '[.items[].metadata | select(.ownerReferences == null) | { ("\(.namespace)/\(.name)"): .uid }] |
      $lost[0] + add' >"$lost.new"
  mv "$lost.new" "$lost"
}

# stays NODE: it is wanted, and was this machine when it was seen first.
stays() {
  local before
  if before=$(grep --max-count=1 "^$1=" "$known"); then
    [[ " $MACHINES " == *" $before "* ]]
  else
    [[ " $MACHINES" == *" $1="* ]]
  fi
}

# Not in a process substitution, whose failure nobody would see: an API server that does not answer has not said that there are no nodes.
nodes=$(kubectl get nodes --output jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}')
while read -r node; do
  if [[ -z $node ]] || stays "$node"; then
    continue
  fi
  say "draining $node"
  kubectl cordon "$node" >&2
  remember_pods "$node"
  if kubectl --request-timeout="$(patient 5)s" get --raw "/api/v1/nodes/$node/proxy/healthz" >/dev/null 2>&1; then
    kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --force --grace-period=5 --timeout="$(patient 120)s" >&2
  fi
  kubectl delete node "$node" >&2
  # Nobody ends the pods of a machine that is gone, and Services would go on sending to them until they are collected.
  kubectl delete pods --all-namespaces --field-selector "spec.nodeName=$node" --force --grace-period=0 --wait=false >&2
done <<<"$nodes"
tr ' ' '\n' <<<"$MACHINES" >"$known.new"
mv "$known.new" "$known"
cat "$lost"
