# shellcheck shell=bash
# Makes this machine a worker, once.
# Parameters: NODE_NAME, NODE_ADDRESS, NODE_ADDRESS6 (beside an IPv4 address; may be absent), API_SERVER (address:port of the control plane), CA_HASH (sha256:...). Standard input: token.

no_proxies
lock_kubeadm
if [[ -e /etc/kubernetes/kubelet.conf ]]; then
  if [[ $(ca_hash) == "$CA_HASH" ]] && kubectl --kubeconfig /etc/kubernetes/kubelet.conf get node "$NODE_NAME" >/dev/null 2>&1; then
    say "is a node of this cluster already"
    exit 0
  fi
fi
if [[ -e /etc/kubernetes/kubelet.conf || -e /etc/kubernetes/bootstrap-kubelet.conf || -e /etc/kubernetes/pki/ca.crt ]]; then
  reset_node
fi

read -r token || [[ -n $token ]] # the last line may come without its end
# A file, not an argument: arguments can be read by every process on the machine.
configuration=$(mktemp -p /run)
trap 'rm -f "$configuration"' EXIT
cat >"$configuration" <<CONFIGURATION
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: "$API_SERVER"
    token: $token
    caCertHashes: ["$CA_HASH"]
$(node_registration)
$(timeouts)
CONFIGURATION
say "kubeadm join $API_SERVER"
detached join kubeadm join --config "$configuration" "$(skipped)"
