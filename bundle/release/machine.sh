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
docker import --platform "linux/$ARCH" --change 'LABEL pod-networking-lab.image=machine' "$BASE" "$name" >/dev/null
# The host's network, proxies and authorities: what reaches a mirror here does so there, one on loopback too.
options=(--name "$name" --interactive --pull never --network host --security-opt label=disable --env BORN --env LATER --env SOURCES)
for variable in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  options+=(--env "$variable")
done
for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem; do
  if [[ -s $file ]]; then
    options+=(--volume "$file:/run/podnet-ca.pem:ro")
    break
  fi
done
mkdir -p "$TO/debs"
say "Debian packages"
if ! docker run "${options[@]}" "$name" bash -s <"$SCRIPT" >"$TO/debs.tar"; then
  say "Debian's packages could not be had or installed; mirrors.apt names another place to take them from"
  exit 3
fi
tar -xf "$TO/debs.tar" -C "$TO/debs"
rm "$TO/debs.tar"
say "root file system"
docker export --output "$TO/rootfs.tar" "$name"
chmod 0644 "$TO/rootfs.tar"
