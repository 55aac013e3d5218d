# shellcheck shell=bash
# Takes the scripts apart that were copied to this machine, so that a step names the one that it runs instead of bringing it.
# Parameters: FILE (all of them, compressed), SUM (its SHA-256), TO (the folder that keeps them).

if [[ -e $FILE ]]; then
  rm -rf "$TO.new"
  mkdir -p "$TO.new"/{cluster,faults,observe}
  # What is compared is root's own: others may write where the copy lies.
  cp -- "$FILE" "$TO.new/all.gz"
  if ! sha256sum --check --status <<<"$SUM  $TO.new/all.gz"; then
    say "$FILE on this machine is not what was copied to it: its SHA-256 is not $SUM"
    exit 1
  fi
  gzip -dc "$TO.new/all.gz" | awk -v "to=$TO.new" '/^#:: / { close(file); file = to "/" $2 ".sh"; next } { print >file }'
  rm "$TO.new/all.gz"
  echo "$SUM" >"$TO.new/sum"
  rm -rf "$TO"
  mv "$TO.new" "$TO"
  rm -f -- "$FILE"
fi
# The copy of an earlier run is gone, and what it brought is there.
if [[ ! -e $TO/sum || $(<"$TO/sum") != "$SUM" ]]; then
  say "there are neither these scripts in $TO nor a copy of them at $FILE"
  exit 1
fi
