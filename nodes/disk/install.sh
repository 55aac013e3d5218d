#!/usr/bin/env bash
# Purpose: what a machine that is a VM needs besides nodes/image/install.sh; runs inside its root file system. Parameters: none.
set -euo pipefail

systemctl enable systemd-networkd.service systemd-networkd-wait-online.service
# What a lab's VM has no use for; each is seconds on an emulated processor. The last two stages of cloud-init have nothing to do.
systemctl mask \
  cloud-config.service cloud-final.service cloud-init-hotplugd.socket \
  getty@tty1.service serial-getty@ttyS0.service serial-getty@ttyAMA0.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-tmpfiles-clean.timer systemd-pstore.service systemd-binfmt.service
