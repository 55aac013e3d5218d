#!/usr/bin/env bash
# Purpose: turn a Debian root file system with the binaries in place into a machine, a container or a VM; runs inside it, without
#   network.
# Parameters: SANDBOX, the reference of the pause image.
set -euo pipefail

: "${SANDBOX:?the reference of the pause image}"

install -d -m 0755 /etc/containerd/conf.d
printf '%s\n' \
  'version = 3' \
  '[plugins."io.containerd.cri.v1.images".pinned_images]' \
  "  sandbox = \"$SANDBOX\"" >/etc/containerd/conf.d/sandbox.toml

install -d -m 0700 /root/.ssh
install -d -m 0755 /etc/cni/net.d /etc/kubernetes/manifests /etc/podnet /usr/libexec/kubernetes /var/lib/kubelet

# Each machine is given a host key and an identity of its own.
rm -f /etc/ssh/ssh_host_*
: >/etc/machine-id

# The course types it on nodes; the package that has it would bring forty megabytes of libraries.
[ -x /usr/bin/nslookup ] || ln -s /bin/busybox /usr/bin/nslookup

systemctl set-default multi-user.target
systemctl enable ssh.service containerd.service kubelet.service

# The lists of the packages that travel in the image; the lists of the ordinary sources stay absent until someone updates.
if [ -e /opt/podnet/debs/Packages ]; then
  apt-get update -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/podnet.list -o Dir::Etc::sourceparts=/dev/null
fi
rm -rf /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
