#!/usr/bin/env bash
# Purpose: make the root file system of Debian's image for clouds one of the lab's; runs inside it, as root.
# Parameters: BORN, packages to install, separated by spaces; SOURCES, lines of sources.list, empty for the image's own.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
read -ra born <<<"$BORN"

# The image asks its resolver of its own, which does not run here; for the while it asks the host's.
if [[ -e /etc/resolv.conf || -L /etc/resolv.conf ]]; then
  mv /etc/resolv.conf /etc/resolv.conf.podnet
fi
cp /run/resolv.conf /etc/resolv.conf
# No service begins here.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d
if [[ -n $SOURCES ]]; then
  rm -f /etc/apt/sources.list.d/*
  printf '%s\n' "$SOURCES" >/etc/apt/sources.list
fi
tls=()
if [[ -s /run/ca.pem ]]; then
  tls=(-o Acquire::https::CaInfo=/run/ca.pem)
fi
get() { apt-get "${tls[@]}" -o APT::Sandbox::User=root --quiet --yes -o Acquire::Retries=3 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 "$@"; }

echo "package lists" >&2
get -o APT::Update::Error-Mode=any update
echo "installing ${#born[@]} packages and what they need" >&2
get --no-install-recommends install "${born[@]}"

# The seed names the resolver, in a file of its own. Booting is QEMU's: there is no boot loader's partition to be mounted.
rm -f /etc/resolv.conf /etc/resolv.conf.podnet
rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /etc/netplan
rm -f /etc/ssh/ssh_host_* /etc/machine-id
: >/etc/machine-id
