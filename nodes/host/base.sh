# shellcheck shell=bash
# The distribution's packages that kubeadm, the kubelet and the scripts here call, on a host that was claimed before.
# Parameters: PACKAGES (names, separated by blanks).

read -ra packages <<<"$PACKAGES"
apt_install "${packages[@]}"
