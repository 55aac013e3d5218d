# shellcheck shell=bash
# Writes the list of what the stage must hold, and removes everything else from it. Parameters: STAGE. Standard input: lines "SUM  PATH".

install -d -m 0700 "$STAGE"
cat >"$STAGE/SUMS"
find "$STAGE" -type f ! -name SUMS -printf '%P\n' | while read -r path; do
  if ! sed 's/^[0-9a-f]*  //' "$STAGE/SUMS" | grep --fixed-strings --line-regexp -- "$path" >/dev/null; then
    rm "$STAGE/$path"
  fi
done
