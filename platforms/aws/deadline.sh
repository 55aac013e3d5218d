#!/usr/bin/env bash
# Purpose: end this machine once, so many minutes from now, reboots or not; on EC2 it then terminates itself.
# Parameters: MINUTES. Run once, at the first boot.
set -euo pipefail
minutes=${1:?MINUTES}
at=$(date --utc --date "+$minutes minutes" '+%Y-%m-%d %H:%M:%S UTC')

cat >/etc/systemd/system/podnet-deadline.service <<UNIT
[Unit]
Description=The lab's time is up: $at

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl poweroff
UNIT
cat >/etc/systemd/system/podnet-deadline.timer <<UNIT
[Unit]
Description=This machine ends at $at

[Timer]
OnCalendar=$at
Persistent=true

[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
systemctl enable --now podnet-deadline.timer
