# shellcheck shell=bash
# Installs the course's packages and what the checks need, and prints their versions as a JSON object.
# Parameters: PACKAGES (names, separated by blanks).

read -ra packages <<<"$PACKAGES"
apt_install "${packages[@]}"
# shellcheck disable=SC2016 # the dollars are dpkg's
dpkg-query --show --showformat='${Package}\t${Version}\n' "${packages[@]}" |
  jq --raw-input --null-input '[inputs / "\t" | { (.[0]): .[1] }] | add'
