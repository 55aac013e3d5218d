# shellcheck shell=bash
# Downloads programs and lays them out as a bundle has them (bin/, cni/); runs on a node, and on the user's machine for a bundle.
# Each is checked against the sum that its maker publishes beside it, and only then put in place: of one that is cut off or
# has another content nothing stays. What an earlier run has put there is not fetched again.
# Parameters: PLAN (a line a file: its URL, the URL of its sums, and PATH, or PATH=MEMBER for each member of a tar archive),
#   TO (the directory). Exit status: 3 when a file cannot be had, 4 when it is not what its maker published.

# get URL FILE: with a few attempts at what may pass by itself. An origin that does not answer at all is given up within half a
# minute; one that has begun to answer may take its time.
get() {
  local url=$1 file=$2 attempt status code size words redirects='=https' begun=$SECONDS
  # From a TLS origin nothing may lead to a plain one.
  if [[ $url == http://* ]]; then
    redirects='=http,https'
  fi
  for attempt in 1 2 3 4; do
    status=0
    curl --silent --show-error --fail --location --proto '=http,https' --proto-redir "$redirects" \
      --connect-timeout 10 --speed-limit 1000 --speed-time 30 \
      --output "$file" --write-out '%{http_code} %{size_download}\n' "$url" >"$work/outcome" 2>"$work/words" &
    download=$!
    await "$download" "$file" "${url##*/}" || status=$?
    download=
    if ((status == 0)); then
      return
    fi
    rm -f "$file"
    if ! read -r code size <"$work/outcome"; then
      code=000 size=0 # curl itself was ended
    fi
    words=$(sed -e 's/^curl: ([0-9]*) //' "$work/words")
    # 22: the server said no; a second question helps only where it was busy.
    if ((status == 22)) && [[ $code != 408 && $code != 429 && $code != 5* ]]; then
      break
    fi
    if ((attempt == 4 || (size == 0 && SECONDS - begun >= 25))); then
      break
    fi
    say "$url: $words; trying again"
    sleep "$((1 << (attempt - 1)))"
  done
  say "cannot fetch $url: $words"
  return 3
}

# await PROCESS FILE NAME: until it ends, saying now and then how far the file has come. Returns what it returned.
await() {
  local said=$SECONDS
  while kill -0 "$1" 2>/dev/null; do
    sleep 0.1
    if ((SECONDS - said >= 10)) && [[ -e $2 ]]; then
      said=$SECONDS
      say "$3: $(($(stat --format=%s "$2") / 1000000)) MB so far"
    fi
  done
  wait "$1"
}

# published FILE NAME: the sum of NAME in a file of sums, be it the sum alone or a line of `sha256sum` for each of many files; SHA-512 does too.
published() {
  awk -v name="$2" '
    $1 !~ /^[0-9a-fA-F]+$/ || (length($1) != 64 && length($1) != 128) { next }
    NF == 1 { alone = $1; bare++ }
    NF == 2 { file = $2; sub(/^\*/, "", file); sub(/.*\//, "", file); if (file == name) { print tolower($1); found = 1; exit } }
    END { if (!found && bare == 1) print tolower(alone) }' "$1"
}

# fetch URL SUMS PATH...: one file of the plan.
fetch() {
  local url=$1 sums=$2 name=${1##*/} algorithm=sha256 expected seen part from target done_mark
  shift 2
  done_mark=$TO/.fetched/$(sha256sum <<<"$url $*" | cut -c 1-16)
  if [[ -e $done_mark ]] && here "$@"; then
    return
  fi
  say "$name"
  get "$sums" "$work/sums"
  expected=$(published "$work/sums" "$name")
  if [[ -z $expected ]]; then
    say "$sums names no SHA-256 sum for $name; is that what its maker publishes?"
    return 3
  fi
  if ((${#expected} == 128)); then
    algorithm=sha512
  fi
  get "$url" "$work/file"
  seen=$("${algorithm}sum" "$work/file" | cut -d ' ' -f 1)
  if [[ $seen != "$expected" ]]; then
    rm -f "$work/file"
    say "$name is not what its maker published; nothing of it is kept"
    say "  from      $url"
    say "  expected  $algorithm $expected, by $sums"
    say "  seen      $algorithm $seen"
    return 4
  fi
  if [[ $1 == *=* ]]; then
    mkdir "$work/members"
    tar --no-same-owner -xzf "$work/file" -C "$work/members"
  fi
  for part in "$@"; do
    target=$TO/${part%%=*}
    mkdir -p "${target%/*}"
    from=$work/file
    if [[ $part == *=* ]]; then
      from=$work/members/${part#*=}
    fi
    chmod 0755 "$from"
    mv -T "$from" "$target"
  done
  rm -rf "$work/file" "$work/members"
  mkdir -p "$TO/.fetched"
  : >"$done_mark"
}

# here PATH...: all of them are in place.
here() {
  local part
  for part in "$@"; do
    [[ -e $TO/${part%%=*} ]] || return 1
  done
}

if ! command -v curl >/dev/null; then
  say "curl is missing; install it: apt-get install curl ca-certificates"
  exit 3
fi
mkdir -p "$TO"
# Beside their place, so that moving them there is one step.
work=$(mktemp -d -p "$TO" .fetch.XXXXXX)
# What is in the background does not hear of a Ctrl-C, or of the end of the shell that began it.
download=
trap '[[ -z $download ]] || kill "$download" 2>/dev/null || true; rm -rf "$work"' EXIT
while read -ra file; do
  if ((${#file[@]})); then
    fetch "${file[@]}"
  fi
done <<<"$PLAN"
