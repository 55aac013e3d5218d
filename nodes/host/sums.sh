# shellcheck shell=bash
# The list of what the stage must hold, and nothing besides. Parameters: STAGE. Standard input: lines "SUM  PATH".

install -d -m 0700 "$STAGE"
cat >"$STAGE/SUMS"
find "$STAGE" -type f ! -name SUMS -printf '%P\n' | while read -r path; do
  if ! grep --quiet --fixed-strings "  $path" "$STAGE/SUMS"; then
    rm "$STAGE/$path"
  fi
done
