#!/usr/bin/env bash
# Purpose: be process 1 of namespaces in which a container engine can be started, killed and started again, beside the one that others on this machine use: its
#   sockets under /run, its firewall rules, its networks and ports are its own. Whatever is mounted or runs in them is gone when this process is.
set -euo pipefail

mount -t tmpfs -o mode=0755 tmpfs /run
# Whoever starts an engine here that is not the test's must not find the data of the machine's own.
if [[ -d /var/lib/docker ]]; then
  mount -t tmpfs tmpfs /var/lib/docker
fi
ip link set lo up
# Process 1 reaps what others have left.
while :; do
  sleep 1000 &
  wait -n || true
done
