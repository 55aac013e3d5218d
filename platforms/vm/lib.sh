# shellcheck shell=bash
# Purpose: where a lab's VMs are kept, whose they are, and how one is told from any other process; sourced by the verbs beside it.
# Parameters: STACK, the lab's name; LAB, its id, absent in what an earlier version has recorded; NODE for one machine.
#   GRACE, seconds that a machine has to shut down by itself; 120 where it is not given.
#   PULUMI_COMMAND_STDOUT, by Pulumi, what the same verb printed at its last run: its resource is recorded in the state.

# shellcheck source=platforms/memory.sh
. ../memory.sh

cache_root() { echo "${PODNET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pod-networking-lab}"; }
# Outside the checkout: a VM outlives the update that made it, and perhaps the clone.
state_root() { echo "${XDG_STATE_HOME:-$HOME/.local/state}/pod-networking-lab"; }
case ${STACK:-} in
  . | .. | */*)
    echo "a stack called \"$STACK\" cannot have VMs, because its name must also be that of a folder" >&2
    exit 1
    ;;
esac
stack_folder() { echo "$(state_root)/$STACK"; }
LAB=${LAB:-}
# Whose the folder is: the lab's id, its stack, its checkout, a line each. No node can be called so.
owner_file() { echo "$(stack_folder)/.lab"; }
# A machine's disk, seed, sockets and log.
machine_folder() { echo "$(stack_folder)/$NODE"; }

# shellcheck disable=SC2034 # for those who source this
case $(uname -m) in
  x86_64) qemu="qemu-system-x86_64" ;;
  aarch64) qemu="qemu-system-aarch64" ;;
  *)
    echo "platform \"vm\" knows x86_64 and aarch64; this machine is $(uname -m)" >&2
    exit 1
    ;;
esac

# running: the process id of the machine's QEMU, if it runs. Ids are used again: it must name the machine's own pid file.
running() {
  local folder pid
  folder=$(machine_folder)
  pid=$(cat "$folder/pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[0-9]+$ ]] && tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -Fxq -- "$folder/pid" || return 1
  echo "$pid"
}

# whose: "nobody" where there is no folder of that name, "ours" or "theirs"; "earlier" where a version without ids made it and nothing tells
# for which clone's stack of this name.
whose() {
  local id
  if [[ ! -d $(stack_folder) ]]; then
    echo nobody
  elif [[ ! -e $(owner_file) ]]; then
    echo earlier
  else
    read -r id <"$(owner_file)" || id=
    if [[ $id == "$LAB" ]]; then echo ours; else echo theirs; fi
  fi
}

# recorded: whether the state says that this machine, of an earlier version, is the lab's.
recorded() {
  local id
  id=$(cat "$(machine_folder)/id" 2>/dev/null) && [[ ${PULUMI_COMMAND_STDOUT:-} == *"\"$id\""* ]]
}

# owner: whose the folder is, for people.
owner() {
  if [[ -e $(owner_file) ]]; then
    awk 'NR == 1 { id = $0 } NR == 2 { stack = $0 } NR == 3 { print "lab \"" stack "\" (" id ") of " $0 }' "$(owner_file)"
  else
    echo "a lab \"$STACK\" of an earlier version, in a checkout that is not known"
  fi
}

# take: from now on the folder is this lab's, unless another has taken it at this moment. A lab's machines begin at the same time: none of them may see a
# folder without its owner.
take() (
  umask 077
  mkdir -p "$(state_root)"
  new=$(mktemp -d "$(state_root)/.new.XXXXXX")
  printf '%s\n' "$LAB" "$STACK" "$(checkout)" >"$new/.lab"
  if [[ -d $(stack_folder) ]]; then
    mv "$new/.lab" "$(owner_file)"
  else
    mv --no-target-directory "$new" "$(stack_folder)" 2>/dev/null || true
  fi
  rm -rf "$new"
)

# gone PID SECONDS: waits until the process has ended. QEMU removes its pid file before; a process that nobody has asked for its exit
# code yet has no command line any more.
gone() {
  local deadline=$((SECONDS + $2))
  while [[ -n $(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline") ]]; do
    if ((SECONDS >= deadline)); then
      return 1
    fi
    sleep 0.2
  done
}

# qmp COMMAND [LINE]: says it to the machine's QEMU. The socket goes by a short relative name: the kernel allows 107 letters.
qmp() {
  local here=$PWD
  (cd "$(machine_folder)" && node "$here/qmp.ts" qmp.sock "$@" >/dev/null)
}

# launch ARGUMENT...: QEMU with these, in the background; fails where it does not start, and qemu.log says why. It starts in the machine's folder, since
# the path of a socket must be short. It keeps no descriptor of the caller's: the lock is on one.
launch() {
  local folder
  folder=$(machine_folder)
  rm -f "$folder/pid" "$folder/qmp.sock"
  (cd "$folder" && "$qemu" "$@" </dev/null >qemu.log 2>&1 9>&-)
}

# A frozen machine's processors stand still, while its QEMU keeps memory and ports; it has a file that says so.
frozen_file() { echo "$(machine_folder)/frozen"; }
frozen() { [[ -e $(frozen_file) ]]; }
freeze() {
  running >/dev/null || return 0
  # First: a machine that nobody knows to be frozen would be waited for in vain.
  touch "$(frozen_file)"
  qmp stop
}
go_on() {
  frozen || return 0
  if running >/dev/null; then
    qmp cont
  fi
  rm -f "$(frozen_file)"
}

# shut_down: as if someone pressed the machine's power button; after GRACE seconds as if someone pulled its plug.
shut_down() {
  local pid
  # A frozen one does not feel the button.
  go_on || echo "$NODE does not go on" >&2
  pid=$(running) || return 0
  # A machine that does not get as far as its init does not hear the button.
  if ! { qmp system_powerdown && gone "$pid" "${GRACE:-120}"; }; then
    echo "$NODE does not shut down by itself; ending it" >&2
    pull_plug
  fi
}

# pull_plug: ends the machine at once, as it stands.
pull_plug() {
  local pid
  pid=$(running) || return 0
  if ! { qmp quit && gone "$pid" 10; }; then
    kill -KILL "$pid"
    gone "$pid" 10
  fi
}

# forget: ends a machine and removes what is kept of it, keys and disk.
forget() {
  shut_down
  rm -rf "$(machine_folder)"
}

# each COMMAND: for every machine of the lab, side by side; fails where one of them does.
each() {
  local machine jobs=() job failed=0
  for machine in "$(stack_folder)"/*/; do
    if [[ -e $machine/made-from ]]; then
      NODE=$(basename "$machine")
      "$1" &
      jobs+=($!)
    fi
  done
  for job in ${jobs[@]+"${jobs[@]}"}; do
    wait "$job" || failed=1
  done
  return "$failed"
}
