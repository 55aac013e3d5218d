#!/usr/bin/env bash
# Purpose: keep all VMs of a lab as they are at a moment, disks and memory, and put them back.
# Parameters: the verb; STACK, LAB; for all verbs but list NAME, the checkpoint's.
#   save      the machines stand still meanwhile. Standard input, the stack's state, is kept with them
#   restore   the machines are ended, and go on where they were; prints the state that was kept. The machines must be the same ones
#   remove    what is not there is removed already
#   list      prints NAME, moment, KiB and "whole" or "half" a line; half is what an interrupted save left
# A checkpoint is a snapshot within each machine's disk, which QEMU keeps memory in too, and a folder beside the machines, which goes with them.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/vm/lib.sh
. ./lib.sh
: "${STACK:?}" "${LAB:?}"

verb=${1:-}
checkpoints=$(stack_folder)/.checkpoints
checkpoint=$checkpoints/${NAME:-}
# Not the bare name: a number is taken for the snapshot's own.
tag=podnet-${NAME:-}

disk() { echo "$(machine_folder)/disk.qcow2"; }

machines() {
  local machine
  for machine in "$(stack_folder)"/*/; do
    if [[ -e $machine/made-from ]]; then
      basename "$machine"
    fi
  done
}

# alone: no verb of an update that was killed is still at work on the machine.
alone() {
  exec 9>"$(stack_folder)/$NODE.lock"
  if ! flock --wait 60 9; then
    echo "$NODE: another program is at work on it; wait for it to end" >&2
    return 1
  fi
}

# has_snapshot: in the machine's disk, which a QEMU that runs holds.
has_snapshot() {
  [[ -e $(disk) ]] && qemu-img snapshot -l --force-share "$(disk)" | awk -v tag="$tag" '$2 == tag { found = 1 } END { exit !found }'
}

# drop: a snapshot that is not there is dropped already.
drop() {
  alone
  if ! has_snapshot; then
    return 0
  fi
  if running >/dev/null; then
    qmp monitor "delvm $tag"
  else
    qemu-img snapshot -d "$tag" "$(disk)"
  fi
}

remove() {
  rm -f "$checkpoint/whole"
  each drop
  rm -rf "$checkpoint"
  rmdir "$checkpoints" 2>/dev/null || true
}

# keep: how QEMU was started too, or its devices would not be those that the memory knows.
keep() {
  local pid before after
  alone
  pid=$(running)
  tr '\0' '\n' <"/proc/$pid/cmdline" | sed '1d; /^-S$/d; /^-loadvm$/,+1d' >"$checkpoint/$NODE.command"
  cp "$(machine_folder)/arguments" "$checkpoint/$NODE.arguments"
  before=$(du -k "$(disk)" | cut -f 1)
  qmp monitor "savevm $tag"
  after=$(du -k "$(disk)" | cut -f 1)
  echo "$((after > before ? after - before : 0))" >"$checkpoint/$NODE.kib"
}

save() {
  local pid memory=0 free
  if [[ -e $checkpoint/whole ]]; then
    echo "there is a checkpoint \"$NAME\" already; take another name, or remove it: ./lab checkpoint --remove $NAME" >&2
    exit 1
  fi
  for NODE in $(machines); do
    if ! pid=$(running) || frozen; then
      echo "$NODE does not run; ./lab up starts it" >&2
      exit 1
    fi
    memory=$((memory + $(awk '$1 == "VmRSS:" { print int($2 / 1024) }' "/proc/$pid/status")))
  done
  remove
  # A disk that is full stops its machine.
  free=$(df --output=avail --block-size=1M "$(stack_folder)" | tail -n 1 | tr -d ' ')
  if ((memory > free)); then
    echo "the machines' memory takes up to $memory MiB, and $(stack_folder) has $free MiB left; free some, or remove a checkpoint" >&2
    exit 1
  fi
  umask 077
  mkdir -p "$checkpoint"
  # The state holds no secret in the clear, and is no less protected here than in .lab.
  cat >"$checkpoint/state.json"
  for NODE in $(machines); do
    echo "$NODE $(<"$(machine_folder)/id")"
  done >"$checkpoint/machines"
  trap 'each go_on' EXIT
  each freeze
  each keep
  touch "$checkpoint/whole"
}

# put_back: the machine stands still at the moment of the checkpoint. QEMU can refuse a memory, as of another version or another processor.
put_back() {
  local command
  alone
  mapfile -t command <"$checkpoint/$NODE.command"
  cp "$checkpoint/$NODE.arguments" "$(machine_folder)/arguments"
  # The next update takes it for one that was started since, and makes every check again.
  rm -f "$(machine_folder)/start"
  touch "$(frozen_file)"
  if ! launch "${command[@]}" -S -loadvm "$tag"; then
    echo "$NODE: QEMU does not take its memory back, so it boots from its disk of that moment: $(tail -n 1 "$(machine_folder)/qemu.log")" >&2
    qemu-img snapshot -a "$tag" "$(disk)"
    if ! launch "${command[@]}" -S; then
      echo "$NODE does not start as it did at that moment; ./lab up starts it from its disk of that moment. QEMU says: $(tail -n 1 "$(machine_folder)/qemu.log")" >&2
      return 1
    fi
  fi
}

restore() {
  local id names
  if [[ ! -e $checkpoint/whole ]]; then
    echo "there is no checkpoint \"$NAME\"; ./lab checkpoint lists those that there are" >&2
    exit 1
  fi
  names=$(cut -d ' ' -f 1 "$checkpoint/machines")
  if [[ $names != "$(machines)" ]]; then
    echo "the lab has other machines than at checkpoint \"$NAME\": now $(machines | paste -s -d ' '), then $(paste -s -d ' ' <<<"$names"); set workers as it was and run ./lab up first" >&2
    exit 1
  fi
  while read -r NODE id; do
    if [[ $(<"$(machine_folder)/id") != "$id" ]]; then
      echo "$NODE was made anew since checkpoint \"$NAME\", which does not fit it any more; remove it: ./lab checkpoint --remove $NAME" >&2
      exit 1
    fi
  done <"$checkpoint/machines"
  # What they would still write is of no interest.
  each pull_plug
  each put_back
  each go_on
  cat "$checkpoint/state.json"
}

list() {
  local folder whole
  for folder in "$checkpoints"/*/; do
    if [[ -e $folder/machines ]]; then
      whole=half
      [[ ! -e $folder/whole ]] || whole=whole
      echo "$(basename "$folder") $(date -u -r "$folder/machines" +%Y-%m-%dT%H:%M:%SZ) $(cat "$folder"/*.kib 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }') $whole"
    fi
  done
}

case $verb in
  save | restore | remove) : "${NAME:?}" ;;
  list) ;;
  *)
    echo "checkpoint.sh: unknown verb \"$verb\"; write save, restore, remove or list" >&2
    exit 1
    ;;
esac
case $(whose) in
  ours) "$verb" ;;
  nobody)
    if [[ $verb == save || $verb == restore ]]; then
      echo "lab \"$STACK\" has no machines; ./lab up makes them" >&2
      exit 1
    fi
    ;;
  *)
    echo "$(stack_folder) is the folder of $(owner), and not of this lab \"$STACK\" ($LAB) of $(checkout); nothing of it is touched" >&2
    exit 1
    ;;
esac
