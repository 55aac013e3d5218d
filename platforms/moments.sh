# shellcheck shell=bash
# Purpose: what became of the machines since the last update; sourced by the status.sh of a platform. Parameters: NODES, separated by spaces.

# print_moments COMMAND: {"NODE": MOMENT, ...}. The command prints the moment at which the lab last started NODE, and fails for one that
# has not run without a break since. For such a machine the current time is printed: it differs from the moment in the state, so the update starts or makes the machine.
print_moments() {
  local now moment separator="{"
  now=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
  for NODE in $NODES; do
    moment=$("$1") && [[ -n $moment ]] || moment=$now
    printf '%s"%s":"%s"' "$separator" "$NODE" "$moment"
    separator=","
  done
  echo "}"
}
