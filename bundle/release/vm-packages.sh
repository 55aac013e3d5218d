#!/usr/bin/env bash
# Purpose: make the root file system of Debian's image for clouds one of the lab's; runs inside it, as root, after debian.sh.
# Parameters: BORN, packages to install, separated by spaces; SOURCES, lines of sources.list, empty for the image's own.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
read -ra born <<<"$BORN"

# The image asks a resolver of its own, which does not run here; until the packages are in, it asks the host's.
if [[ -e /etc/resolv.conf || -L /etc/resolv.conf ]]; then
  mv /etc/resolv.conf /etc/resolv.conf.podnet
fi
cp /run/resolv.conf /etc/resolv.conf
# No service begins here.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d
take_from "$SOURCES"

echo "package lists" >&2
get -o APT::Update::Error-Mode=any update
echo "installing ${#born[@]} packages and what they need" >&2
get --no-install-recommends install "${born[@]}"

# It would take /etc/resolv.conf back at every boot, and name itself, on a loopback address that no pod can ask.
ln -sf /dev/null /etc/systemd/system/systemd-resolved.service
# The seed names the resolver, in a file of its own. Booting is QEMU's: there is no boot loader's partition to be mounted.
rm -f /etc/resolv.conf /etc/resolv.conf.podnet
rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /etc/netplan
rm -f /etc/ssh/ssh_host_* /etc/machine-id
: >/etc/machine-id
