# shellcheck shell=bash
# Has kubeadm put kube-proxy and CoreDNS into the cluster, once; and kube-proxy again where it shall work in another mode. Not a part of init.sh, so
# that the nodes join meanwhile.
# Parameters: PROXY_MODE (iptables or nftables: what kube-proxy writes its rules into).

done_mark=/etc/kubernetes/podnet-addons
mode_mark=/etc/kubernetes/podnet-proxy-mode
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf --namespace=kube-system"

no_proxies
sed -i "s/^mode: .*/mode: $PROXY_MODE/" /etc/podnet/init.yaml
# An init after a reset is another cluster, without them.
if [[ ! -e $done_mark || /etc/kubernetes/podnet-initialised -nt $done_mark ]]; then
  say "kubeadm init phase addon"
  kubeadm init phase addon all --config /etc/podnet/init.yaml >&2
  printf '%s\n' "$PROXY_MODE" >"$mode_mark"
  touch "$done_mark"
fi

# A busy kubelet gives a new pod the configuration as it was. At its start kube-proxy says which mode it is in, and one in the other is made anew once more.
all_switched() {
  local pod
  for pod in $($kubectl get pods --selector=k8s-app=kube-proxy --field-selector=status.phase=Running --output=name); do
    case $($kubectl logs "$pod") in
      *"Using $PROXY_MODE Proxier"*) ;;
      *"Using "*" Proxier"*)
        $kubectl delete "$pod"
        return 1
        ;;
      *) return 1 ;;
    esac
  done
}
# Written on each node: kube-proxy says so of itself only once its rules are.
all_written() {
  local address
  for address in $($kubectl get nodes --output=jsonpath='{.items[*].status.addresses[?(@.type=="InternalIP")].address}'); do
    curl --silent --show-error --fail --noproxy '*' --max-time "$(soon 5)" "http://$address:10256/healthz" || return
  done
}
# kube-router reads a node's filters and writes them back as a whole: what kube-proxy does to them meanwhile would be undone, and kube-proxy takes away what
# another mode has left only once. So it ends before, with its rules in force, and begins anew after.
enforcer=k8s-app=kube-router
enforcers=''
# ask_of_nodes VALUE: has it run on nodes with this label alone, and no node has it; null: on all of them.
ask_of_nodes() {
  local each
  for each in $enforcers; do
    $kubectl patch daemonset "${each#*/}" --namespace="${each%/*}" --type=merge \
      --patch="{\"spec\": {\"template\": {\"spec\": {\"nodeSelector\": {\"pod-networking-lab/held\": $1}}}}}" >&2
  done
}
all_ended() {
  local pods
  pods=$($kubectl get pods --all-namespaces --selector="$enforcer" --output=name) && echo "$pods" && [[ -z $pods ]]
}
hold() {
  enforcers=$($kubectl get daemonsets --all-namespaces --selector="$enforcer" --output=jsonpath='{range .items[*]}{.metadata.namespace}/{.metadata.name} {end}')
  if [[ -n $enforcers ]]; then
    ask_of_nodes '"while-kube-proxy-changes-its-mode"'
    wait_for "kube-router to end on every node" 120 all_ended
  fi
}
release() {
  local each
  trap - EXIT
  ask_of_nodes null
  for each in $enforcers; do
    $kubectl rollout status daemonset "${each#*/}" --namespace="${each%/*}" --timeout="$(patient 120)s" >&2
  done
}

# A cluster of an earlier version has no such mark, and iptables.
if [[ $(cat "$mode_mark" 2>/dev/null || echo iptables) != "$PROXY_MODE" ]]; then
  say "kube-proxy in mode $PROXY_MODE"
  trap release EXIT
  hold
  kubeadm init phase addon kube-proxy --config /etc/podnet/init.yaml >&2
  # A kube-proxy that starts takes away what one of another mode has left.
  $kubectl rollout restart daemonset kube-proxy >&2
  $kubectl rollout status daemonset kube-proxy --timeout="$(patient 120)s" >&2
  wait_for "kube-proxy in mode $PROXY_MODE on every node" 120 all_switched
  wait_for "kube-proxy's rules on every node" 60 all_written
  release
  printf '%s\n' "$PROXY_MODE" >"$mode_mark"
fi
