# shellcheck shell=bash
# Makes a machine's root file system from Debian's image, in a container of the user's engine: whatever the host's own distribution.
# Parameters: BASE, a tar of Debian's file system; ARCH; SCRIPT, what to do in it; TO, a directory for rootfs.tar and debs/; BORN,
# LATER, SOURCES: see SCRIPT. Exit status: 3 when something cannot be had.

name=podnet-rootfs-$$
trap 'docker rm --force "$name" >/dev/null 2>&1; docker rmi "$name" >/dev/null 2>&1; true' EXIT
if ! docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
  say "docker does not answer, and the machines' root file system is made there; ./lab up starts it"
  exit 1
fi
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "${SCRIPT%/*}/debian.sh"
# All that goes to docker and comes from it goes by its standard input and output: one from snap sees no hidden folder, and few others.
docker import --platform "linux/$ARCH" --change 'LABEL pod-networking-lab.image=machine' - "$name" <"$BASE" >/dev/null
# The host's network, proxies and authorities: what reaches a mirror here does so there, one on loopback too.
options=(--name "$name" --interactive --pull never --network host --security-opt label=disable --env BORN --env LATER --env SOURCES)
for variable in "${proxy_variables[@]}"; do
  options+=(--env "$variable")
done
ca=$(authorities)
mkdir -p "$TO/debs"
say "Debian packages"
# shellcheck disable=SC2016 # it is for the shell in the container
if ! {
  wc -c <"${ca:-/dev/null}"
  cat "${ca:-/dev/null}" "${SCRIPT%/*}/debian.sh" "$SCRIPT"
} | docker run "${options[@]}" "$name" bash -c 'read -r size; head -c "$size" >/run/podnet-ca.pem; exec bash -s' >"$TO/debs.tar"; then
  say "Debian's packages could not be had or installed; mirrors.apt names another place to take them from"
  exit 3
fi
tar -xf "$TO/debs.tar" -C "$TO/debs"
rm "$TO/debs.tar"
say "root file system"
docker export "$name" >"$TO/rootfs.tar"
chmod 0644 "$TO/rootfs.tar"
