#!/usr/bin/env bash
# Purpose: turn a Debian root file system with the binaries in place into a machine; runs inside it, without network.
# Parameters: SANDBOX, the reference of the pause image.
set -euo pipefail

: "${SANDBOX:?the reference of the pause image}"

install -d -m 0755 /etc/containerd/conf.d
printf '%s\n' \
  'version = 3' \
  '[plugins."io.containerd.cri.v1.images".pinned_images]' \
  "  sandbox = \"$SANDBOX\"" >/etc/containerd/conf.d/sandbox.toml

chmod 0755 /usr/local/sbin/podnet-*
install -d -m 0700 /root/.ssh
install -d -m 0755 /etc/cni/net.d /etc/kubernetes/manifests /etc/podnet /usr/libexec/kubernetes /var/lib/kubelet

# Each machine is given a host key and an identity of its own.
rm -f /etc/ssh/ssh_host_*
: >/etc/machine-id

# What cannot work in a container or only slows its boot. udev would also give VTEPs a new MAC (persistent policy).
systemctl mask \
  systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udev-trigger.service \
  systemd-udev-settle.service systemd-modules-load.service systemd-logind.service systemd-firstboot.service \
  systemd-remount-fs.service systemd-sysusers.service systemd-random-seed.service systemd-update-utmp.service \
  systemd-update-utmp-runlevel.service systemd-timesyncd.service systemd-networkd.service systemd-network-generator.service \
  systemd-pstore.service systemd-binfmt.service systemd-ask-password-console.path systemd-ask-password-wall.path \
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
  dev-mqueue.mount proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount \
  getty.target console-getty.service getty@tty1.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-tmpfiles-clean.timer
systemctl set-default multi-user.target
systemctl enable ssh.service containerd.service kubelet.service

# The lists of the packages that travel in the image; the lists of the ordinary sources stay absent until someone updates.
if [ -e /opt/podnet/debs/Packages ]; then
  apt-get update -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/podnet.list -o Dir::Etc::sourceparts=/dev/null
fi
# /var is copied file by file to every machine's volume when it is made, and nine in ten of its files are dpkg's.
mv /var/lib/dpkg /opt/podnet/dpkg
ln -s /opt/podnet/dpkg /var/lib/dpkg
rm -rf /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
