# shellcheck shell=bash
# Renews every certificate that kubeadm made on this control plane, those that have expired too, and restarts what holds them. The kubelets' are not among
# them: see kubelet-key.sh. Prints { "until": ... }, when the API server's new one ends.
# Parameters: none.

exec 9>/run/lock/podnet-kubeadm
flock --timeout "$(patient 900)" 9 # init and join hold it
# By the configuration that made them: its copy in the cluster is behind the API server, which takes no certificate that has expired. What stands
# in each certificate, such as the names of the server, is taken from the old one.
say "kubeadm certs renew all"
kubeadm certs renew all --config /etc/podnet/init.yaml >&2
install -m 0600 /etc/kubernetes/admin.conf "$HOME/.kube/config"
# crictl waits two seconds for an answer, and for the end of a container its grace and two more: too few for an emulated processor.
answer="--timeout=$(patient 10)s"
# A machine that has just booted answers SSH before its containers run.
wait_for "the container runtime to answer" 60 crictl "$answer" ps --quiet
# They read their certificates when they start; the kubelet starts them again.
for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  crictl "$answer" ps --quiet --label "io.kubernetes.container.name=$component" |
    xargs --no-run-if-empty crictl "$answer" stop --timeout 10 >&2
done
end=$(openssl x509 -noout -enddate -in /etc/kubernetes/pki/apiserver.crt)
printf '{"until": "%s"}\n' "$(date --utc --date "${end#*=}" +%Y-%m-%dT%H:%M:%SZ)"
