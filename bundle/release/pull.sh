# shellcheck shell=bash
# Pulls one image: its manifest by the tag once, all the rest by that manifest's digest, each piece checked against the digest it is
# known by. What remains is one file system, without what an upper layer has deleted: the machines' store has no place for deletions.
# Parameters: CRANE, the program; FROM, the reference; ARCH; PLAIN_HTTP, 1 for a registry without TLS, else empty; TO, a directory.
# Leaves digest, config.json and rootfs.tar in TO. Exit status: 3 when the image cannot be had, 4 when it is not what it says.

words=$TO/words
ask() {
  local seconds=$1 status=0
  shift
  if [[ -n $PLAIN_HTTP ]]; then
    set -- --insecure "$@"
  fi
  timeout "$seconds" "$CRANE" "$@" 2>"$words" || status=$?
  ((status)) || return 0
  if ((status == 124)); then
    say "$FROM: no answer within $seconds s"
  else
    say "cannot pull $FROM: $(tail -n 3 "$words" | tr '\n' ' ')"
  fi
  # What crane says of content that does not fit its digest.
  if grep -qi 'error verifying\|mismatched digest\|does not match expected size' "$words"; then
    return 4
  fi
  return 3
}

say "pulling $FROM"
# A configuration of docker's may name a helper for passwords that is gone; such a one fails also where no password is asked for.
helped() {
  grep -qs '"\(credsStore\|credHelpers\)"' "${DOCKER_CONFIG:-${HOME:-/}/.docker}/config.json"
}
status=0
ask 50 digest --platform "linux/$ARCH" "$FROM" >"$TO/digest" || status=$?
if ((status)); then
  helped || exit "$status"
  say "$FROM: once more, without docker's own configuration"
  mkdir "$TO/no-config"
  export DOCKER_CONFIG=$TO/no-config
  ask 50 digest --platform "linux/$ARCH" "$FROM" >"$TO/digest"
fi
digest=$(<"$TO/digest")
if ! [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
  say "$FROM has the digest \"$digest\", which is none"
  exit 3
fi
pinned=${FROM%:*}@$digest
ask 50 config "$pinned" >"$TO/config.json"
if ! grep -q "\"architecture\": *\"$ARCH\"" "$TO/config.json"; then
  say "$FROM is not for $ARCH"
  exit 3
fi
ask 1800 export "$pinned" "$TO/rootfs.tar"
rm -rf "$words" "$TO/no-config"
