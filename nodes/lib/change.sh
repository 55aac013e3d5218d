# shellcheck shell=bash
# Changes that can be taken back exactly. Each is noted before it is made: how to undo it, and how to see that it is there. The notes lie in a folder
# on the node with a program that needs nothing but itself, so that a timer, a login and a reset heal in the same way.
# Parameters: FAULT (a name for this fault on this node).

faults_folder=/var/lib/podnet/faults
fault_folder=$faults_folder/$FAULT
# /run is empty after a restart: what was changed in the kernel has gone with it, and must not be restored into another boot.
fault_boot=/run/podnet/faults/$FAULT

# words WORD...: quoted, so that the notes can be read back as a command.
words() { printf '%q ' "$@"; }

# alter UNDO CHECK COMMAND...: notes the first two, then runs the command. alter_kept: for what survives a restart of the machine.
alter() { note_change boot "$@"; }
alter_kept() { note_change kept "$@"; }
note_change() {
  local lasts=$1 undo=$2 check=$3
  shift 3
  printf '%s %s\n' "$lasts" "$undo" >>"$fault_folder/undo"
  printf '%s %s\n' "$lasts" "$check" >>"$fault_folder/check"
  "$@"
}

# refuse TEXT...: a change that is there already is not this fault's, and undoing it would be wrong.
refuse() {
  say "$*"
  return 1
}

# pod_process UID: the process that holds a pod's network namespace; nothing where the pod does not run here.
pod_process() {
  local sandbox
  sandbox=$(crictl pods --state ready --label "io.kubernetes.pod.uid=$1" --quiet | head -n 1)
  [[ -z $sandbox ]] || crictl inspectp --output json "$sandbox" | jq '.info.pid'
}

# place_is_there PLACE, inside PLACE COMMAND...: PLACE is `node`, or the UID of a pod of this node.
declare -A process_in=()
find_place() {
  if [[ $1 != node && -z ${process_in[$1]:-} ]]; then
    process_in[$1]=$(pod_process "$1")
  fi
}
place_is_there() {
  find_place "$1"
  [[ $1 == node || -n ${process_in[$1]} ]]
}
inside() {
  local place=$1
  shift
  if [[ $place == node ]]; then
    "$@"
    return
  fi
  find_place "$place"
  if [[ -z ${process_in[$place]} ]]; then
    refuse "no pod with the UID $place runs on this node"
    return
  fi
  nsenter -t "${process_in[$place]}" -n "$@"
}

# device_named NAME: `wire` is the interface that has the node's own address, `veth:UID` the node's end of a pod's cable; anything else is a device's own name.
device_named() {
  local index
  case $1 in
    wire)
      # prepare.sh wrote the address there.
      ip -oneline -4 addr show to "$(sed -n 's/^ExecStart=[^ ]*podnet-guard \([^ ]*\) .*/\1/p' /etc/systemd/system/podnet-guard.service)" |
        awk '{ print $2; exit }'
      ;;
    veth:*)
      index=$(inside "${1#veth:}" ip -json link show eth0 | jq ".[0].link_index")
      ip -json link | jq --raw-output --argjson index "$index" '.[] | select(.ifindex == $index) | .ifname'
      ;;
    *) echo "$1" ;;
  esac
}

# heal_fault: undoes what the notes say, the last change first. What somebody has undone by hand is left as it is.
heal_fault() {
  local lasts undo failed=0
  while read -r lasts undo; do
    if [[ $lasts == kept || -e $fault_boot ]] && ! eval "$undo"; then
      say "this could not be undone: $undo"
      failed=1
    fi
  done < <(tac "$fault_folder/undo")
  ((failed == 0)) || return 1
  rm -rf "$fault_folder" "$fault_boot"
  if [[ -e /etc/systemd/system/podnet-heal-$FAULT.timer ]]; then
    rm -f /etc/systemd/system/podnet-heal-"$FAULT".* /etc/systemd/system/timers.target.wants/podnet-heal-"$FAULT".timer \
      /var/lib/systemd/timers/stamp-podnet-heal-"$FAULT".timer
    systemctl --no-block stop "podnet-heal-$FAULT.timer"
    systemctl daemon-reload
  fi
}

# fault_is_in: every change of it is there to be seen.
fault_is_in() {
  local lasts check
  while read -r lasts check; do
    { [[ $lasts == kept || -e $fault_boot ]] && eval "$check" >/dev/null 2>&1; } || return 1
  done <"$fault_folder/check"
}
