# shellcheck shell=bash
# Says what of a bundle a host has: "installed" when all of it is in place, else a line "SUM  PATH" for every file in the stage.
# Parameters: STAGE, KEY (of the bundle).

record=/var/lib/podnet
if [[ -e $record/installed && $(<"$record/installed") == "$KEY" ]]; then
  echo installed
elif [[ -d $STAGE ]]; then
  cd "$STAGE" && find . -type f -printf '%P\0' | xargs --null --no-run-if-empty sha256sum
fi
