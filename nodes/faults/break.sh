# shellcheck shell=bash
# Breaks this node on purpose, so that it can be mended exactly, and prints its record.
# Parameters: FAULT (a name for it on this node), RECORD (JSON: { name, params, by, hidden }), STEPS (a change a line: its kind and arguments, as
#   nodes/lib/breakage.sh has them, quoted for bash), DURATION (seconds after which it heals by itself; 0: never).

# shellcheck disable=SC2154,SC2016 # change.sh names the places, and the dollars are the program's

exec 8>/run/lock/podnet-faults
flock --timeout 30 8
if [[ -e $fault_folder ]]; then
  if [[ -e $fault_boot && -e $fault_folder/record ]] && fault_is_in; then
    if [[ $(jq --raw-output .by <<<"$RECORD") != config ]]; then
      say "the fault \"$FAULT\" is in already, since $(jq --raw-output .since "$fault_folder/record")"
      exit 3
    fi
    # An update that was interrupted asks again for what it has done.
    if [[ $(<"$fault_folder/steps") == "$STEPS" ]]; then
      cat "$fault_folder/record"
      exit
    fi
  fi
  # A restart, or somebody's hand, has taken a part of it away; or the config asks for another kind of it, such as that of a newer lab.
  heal_fault
fi
mkdir -p "$fault_folder" "${fault_boot%/*}"
chmod 0700 "$faults_folder"
printf '%s\n' "$STEPS" >"$fault_folder/steps"
touch "$fault_boot" "$fault_folder/undo" "$fault_folder/check"
{
  echo '#!/usr/bin/env bash'
  echo "# Heals a fault that the lab put in on purpose; with the argument \`check\` it only tells whether the fault is there."
  declare -p FAULT faults_folder fault_folder fault_boot
  echo 'declare -A process_in=()'
  declare -f
  echo 'if [[ ${1:-} == check ]]; then fault_is_in; else heal_fault; fi'
} >"$fault_folder/program"
# A fault that came in by half would be one that nobody has described.
trap 'bash "$fault_folder/program"' EXIT

while read -r step; do
  eval "set -- $step"
  take_step "$@"
done <<<"$STEPS"
if ! fault_is_in; then
  say "it was put in, and cannot be seen:"
  cat "$fault_folder/check" >&2
  exit 1
fi

until=null
if ((DURATION > 0)); then
  until=$(date --utc --date "+$DURATION seconds" +%Y-%m-%dT%H:%M:%SZ)
  unit=/etc/systemd/system/podnet-heal-$FAULT
  # Not a transient unit: a restart of the machine would forget it, and what was changed in files would stay.
  printf '[Service]\nType=oneshot\nExecStart=/usr/bin/flock /run/lock/podnet-faults /bin/bash %s\n' "$fault_folder/program" >"$unit.service"
  printf '[Timer]\nOnCalendar=%s UTC\nAccuracySec=1s\nPersistent=true\n' "$(tr T ' ' <<<"${until%Z}")" >"$unit.timer"
  mkdir -p /etc/systemd/system/timers.target.wants
  ln -sf "$unit.timer" /etc/systemd/system/timers.target.wants
  systemctl daemon-reload
  systemctl start "podnet-heal-$FAULT.timer"
  until="\"$until\""
fi
jq --arg fault "$FAULT" --arg since "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" --argjson until "$until" \
  '{fault: $fault} + . + {since: $since, until: $until, seen: true}' <<<"$RECORD" >"$fault_folder/record.draft"
mv "$fault_folder/record.draft" "$fault_folder/record"
trap - EXIT
cat "$fault_folder/record"
