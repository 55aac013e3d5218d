# shellcheck shell=bash
# Which faults a node has.
# Parameters: none.

# list_faults: the faults of this node as one JSON list, as they were recorded, each with whether it can still be seen: a restart or somebody's hand may have mended it.
list_faults() {
  local record seen records
  shopt -s nullglob
  records=(/var/lib/podnet/faults/*/record)
  # Every update asks, of healthy nodes as a rule: that costs no jq.
  if ((${#records[@]} == 0)); then
    echo '[]'
    return
  fi
  for record in "${records[@]}"; do
    seen=true
    bash "${record%/record}/program" check || seen=false
    jq --argjson seen "$seen" '. + {seen: $seen}' "$record"
  done | jq --slurp .
}
