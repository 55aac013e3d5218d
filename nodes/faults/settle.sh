# shellcheck shell=bash
# Heals what the config no longer declares, and prints the faults that are in after that, as nodes/faults/list.sh does.
# Parameters: KEEP (the config's faults that stay, separated by blanks).

shopt -s nullglob
exec 8>/run/lock/podnet-faults
flock --timeout 30 8
for record in /var/lib/podnet/faults/*/record; do
  folder=${record%/record}
  if [[ $(jq --raw-output .by "$record") == config && " $KEEP " != *" ${folder##*/} "* ]]; then
    bash "$folder/program"
    continue
  fi
  seen=true
  bash "$folder/program" check || seen=false
  jq --argjson seen "$seen" '. + {seen: $seen}' "$record"
done | jq --slurp .
