# shellcheck shell=bash
# Installs the course's packages and what the checks need, and prints their versions as a JSON object.
# Parameters: PACKAGES (names, separated by blanks).

export DEBIAN_FRONTEND=noninteractive
read -ra packages <<<"$PACKAGES"

installed() {
  local package
  for package in "${packages[@]}"; do
    # shellcheck disable=SC2016 # the dollar is dpkg's
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || return 1
  done
}

install_packages() {
  apt-get install --quiet --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout="$(patient 120)" "${packages[@]}" >&2
}

if ! installed; then
  say "apt-get install ${packages[*]}"
  # The machine's package lists may be absent or old: fetch them only when they do not serve.
  if ! install_packages; then
    apt-get update --quiet --quiet -o DPkg::Lock::Timeout="$(patient 120)" >&2
    install_packages
  fi
fi
# shellcheck disable=SC2016 # the dollars are dpkg's
dpkg-query --show --showformat='${Package}\t${Version}\n' "${packages[@]}" |
  jq --raw-input --null-input '[inputs / "\t" | { (.[0]): .[1] }] | add'
