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
# A cluster of an earlier version has no such mark, and iptables.
if [[ $(cat "$mode_mark" 2>/dev/null || echo iptables) != "$PROXY_MODE" ]]; then
  say "kube-proxy in mode $PROXY_MODE"
  kubeadm init phase addon kube-proxy --config /etc/podnet/init.yaml >&2
  # A kube-proxy that starts takes away what one of another mode has left.
  $kubectl rollout restart daemonset kube-proxy >&2
  $kubectl rollout status daemonset kube-proxy --timeout="$(patient 120)s" >&2
  wait_for "kube-proxy in mode $PROXY_MODE on every node" 120 all_switched
  wait_for "kube-proxy's rules on every node" 60 all_written
  printf '%s\n' "$PROXY_MODE" >"$mode_mark"
fi
