#!/usr/bin/env bash
# Purpose: make Debian's image a machine's root file system; runs in a container of that image, as root, after debian.sh.
# Parameters: BORN and LATER, packages to install and packages to keep beside, separated by spaces; SOURCES, lines of
#   sources.list, empty for the image's own. Standard output: a tar of LATER's packages with their index.
set -euo pipefail
exec 3>&1 >&2
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
read -ra born <<<"$BORN"
read -ra later <<<"$LATER"

# What suits an image of one program does not suit a machine.
rm -f /etc/dpkg/dpkg.cfg.d/docker* /etc/apt/apt.conf.d/docker*
printf 'path-exclude=/usr/share/%s/*\n' man locale doc >/etc/dpkg/dpkg.cfg.d/podnet-build
echo 'path-include=/usr/share/doc/*/copyright' >>/etc/dpkg/dpkg.cfg.d/podnet-build
take_from "$SOURCES"

echo "package lists"
get -o APT::Update::Error-Mode=any update
echo "installing ${#born[@]} packages and what they need"
get --no-install-recommends install "${born[@]}"
echo "packages to keep beside"
debs=$(mktemp -d)
mkdir "$debs/partial"
get --no-install-recommends --download-only -o "Dir::Cache::archives=$debs" install "${later[@]}"
rm -rf "$debs/partial" "$debs/lock"
for file in "$debs"/*.deb; do
  dpkg-deb --field "$file"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${file##*/}" "$(stat --format=%s "$file")" "$(sha256sum "$file" | cut -d ' ' -f 1)"
done >"$debs/Packages"
tar --owner=0 --group=0 --mode=go=rX,u+rw -C "$debs" -cf - . >&3

# Every machine makes its own identity, or all would share one.
rm -rf "$debs" /usr/sbin/policy-rc.d /etc/dpkg/dpkg.cfg.d/podnet-build /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
rm -f /etc/ssh/ssh_host_* /etc/machine-id /run/podnet-ca.pem
: >/etc/machine-id
