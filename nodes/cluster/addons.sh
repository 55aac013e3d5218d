# shellcheck shell=bash
# Has kubeadm put kube-proxy and CoreDNS into the cluster, once. Not a part of init.sh, so that the nodes join meanwhile.
# Parameters: none.

done_mark=/etc/kubernetes/podnet-addons

no_proxies
# An init after a reset is another cluster, without them.
if [[ ! -e $done_mark || /etc/kubernetes/podnet-initialised -nt $done_mark ]]; then
  say "kubeadm init phase addon"
  kubeadm init phase addon all --config /etc/podnet/init.yaml >&2
  touch "$done_mark"
fi
