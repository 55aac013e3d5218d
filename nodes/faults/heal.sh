# shellcheck shell=bash
# Heals faults of this node, as the notes say that lie with each, and prints the names of those that were in.
# Parameters: FAULTS (their names on this node, separated by blanks).

exec 8>/run/lock/podnet-faults
flock --timeout 30 8
healed=()
for fault in $FAULTS; do
  program=/var/lib/podnet/faults/$fault/program
  if [[ -e $program ]]; then
    bash "$program"
    healed+=("$fault")
  fi
done
jq --null-input '$ARGS.positional' --args "${healed[@]}"
