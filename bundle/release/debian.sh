# shellcheck shell=bash
# What the scripts share that make a root file system of one of Debian's images: on this machine, to reach the archive from within; and within.
# Parameters: none.

# Variables that lead to a proxy.
# shellcheck disable=SC2034 # for the scripts that source this
proxy_variables=(http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY)

# authorities: on this machine, the file of the authorities that it trusts, for a mirror with TLS: the image has none.
authorities() {
  local file
  for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem; do
    if [[ -s $file ]]; then
      echo "$file"
      return
    fi
  done
}

# take_from SOURCES: within, lines of sources.list in the place of the image's own; empty leaves those.
take_from() {
  if [[ -n $1 ]]; then
    rm -f /etc/apt/sources.list.d/*
    printf '%s\n' "$1" >/etc/apt/sources.list
  fi
}

# get APT-GET-ARGUMENT...: within, with the authorities that were brought along.
get() {
  local tls=()
  if [[ -s /run/podnet-ca.pem ]]; then
    tls=(-o Acquire::https::CaInfo=/run/podnet-ca.pem)
  fi
  apt-get "${tls[@]}" -o APT::Sandbox::User=root --quiet --yes -o Acquire::Retries=3 \
    -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 "$@"
}
