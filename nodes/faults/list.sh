# shellcheck shell=bash
# The faults of this node, as they were recorded, and whether each can still be seen: a restart or somebody's hand may have mended it.
# Parameters: none.

shopt -s nullglob
for record in /var/lib/podnet/faults/*/record; do
  seen=true
  bash "${record%/record}/program" check || seen=false
  jq --argjson seen "$seen" '. + {seen: $seen}' "$record"
done | jq --slurp .
