# shellcheck shell=bash
# What a lab leaves on a host, in one place: preflight.sh looks whether it is free, claim.sh writes down what was there, reset.sh takes
# the rest away. Each function prints one a line.
# Parameters: none.

# kernel_modules: those that the pods' network needs.
kernel_modules() {
  printf '%s\n' overlay br_netfilter vxlan
}

# enforcer_modules: those that network policies need, on a node where something enforces them.
enforcer_modules() {
  printf '%s\n' ip_set ip_set_hash_ip ip_set_hash_net xt_set xt_physdev xt_comment xt_NFLOG
}

# node_folders: those that a node fills. Everything in them after a lab is the lab's, for it refuses a host on which one of them is not empty.
node_folders() {
  printf '%s\n' /etc/kubernetes /etc/cni/net.d /var/lib/kubelet /var/lib/etcd /var/lib/containerd /var/lib/cni
}

# made_folders: those that come into being with a lab. One that was there before stays, and what a lab put into it goes.
made_folders() {
  printf '%s\n' /etc/cni /etc/cni/net.d /etc/containerd /etc/containerd/conf.d /etc/kubernetes /etc/systemd/system/kubelet.service.d \
    /opt/cni /opt/cni/bin /opt/containerd /root/.kube /usr/libexec/kubernetes /var/lib/cni /var/lib/containerd /var/lib/etcd \
    /var/lib/kubelet /var/lib/calico /var/log/containers /var/log/pods /run/containerd /run/flannel /run/netns
}

# written_paths: what the scripts write at places of their own, besides what install.sh places and notes.
written_paths() {
  printf '%s\n' /etc/containerd/conf.d/sandbox.toml /etc/containerd/conf.d/registries.toml /etc/modules-load.d/90-podnet.conf \
    /etc/sysctl.d/90-podnet.conf /etc/systemd/system/podnet-guard.service /usr/local/sbin/podnet-guard /usr/local/lib/podnet /etc/podnet /root/.kube/config
}
