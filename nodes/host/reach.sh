# shellcheck shell=bash
# Asks the origins of a release whether it can be had from here, all at once, each twice at most and within half a minute; runs on the machine
# that is to fetch, a host or the user's own. Prints why not, a line for each that does not answer as it should, and nothing where all do.
# Parameters: SUMS (URLs of published sums, one for each origin), REGISTRIES (URLs of registries' own API), separated by blanks.

# As nodes/host/fetch.sh does: with the proxies and authorities of this machine. One lost packet is not a missing network.
ask() {
  curl --silent --max-time 15 --location "$@" 2>/dev/null || curl --silent --max-time 15 --location "$@" 2>/dev/null
}

host_of() {
  local rest=${1#*://}
  echo "${rest%%/*}"
}

# A proxy or a captive portal may answer in the origin's place: only a sum counts as an answer.
ask_for_sum() {
  local answer
  if ! answer=$(ask --fail "$1"); then
    echo "$(host_of "$1") does not answer"
  elif ! grep --quiet --word-regexp -e '[0-9a-f]\{64\}' -e '[0-9a-f]\{128\}' <<<"$answer"; then
    echo "$(host_of "$1") answers with something else than a published sum"
  fi
}

# A registry asks for a token, or needs none.
ask_registry() {
  local code
  if ! code=$(ask --output /dev/null --write-out '%{http_code}' "$1"); then
    echo "$(host_of "$1") does not answer"
  elif [[ $code != 200 && $code != 401 ]]; then
    echo "$(host_of "$1") answers $code, as no registry does"
  fi
}

answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
number=0
for url in $SUMS; do
  ((++number))
  ask_for_sum "$url" >"$answers/$number" &
done
for url in $REGISTRIES; do
  ((++number))
  ask_registry "$url" >"$answers/$number" &
done
wait
for ((one = 1; one <= number; one++)); do
  cat "$answers/$one"
done
