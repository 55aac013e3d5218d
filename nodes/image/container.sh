#!/usr/bin/env bash
# Purpose: what a machine that is a container needs besides install.sh; runs inside it. Parameters: none.
set -euo pipefail

chmod 0755 /usr/local/sbin/podnet-entrypoint

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

# /var is copied file by file to every machine's volume when it is made, and nine in ten of its files are dpkg's.
mv /var/lib/dpkg /opt/podnet/dpkg
ln -s /opt/podnet/dpkg /var/lib/dpkg
