# shellcheck shell=bash
# Heals what the config no longer declares, and prints the faults that are in after that.
# Parameters: KEEP (the config's faults that stay, separated by blanks).

shopt -s nullglob
exec 8>/run/lock/podnet-faults
flock --timeout 30 8
for record in /var/lib/podnet/faults/*/record; do
  folder=${record%/record}
  if [[ $(jq --raw-output .by "$record") == config && " $KEEP " != *" ${folder##*/} "* ]]; then
    bash "$folder/program"
  fi
done
list_faults
