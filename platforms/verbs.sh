# shellcheck shell=bash
# Purpose: what the verbs of every platform do alike; sourced by them.

# run_verb WORD: what a resource's creation or deletion comes to; the caller has a function for each.
run_verb() {
  case ${1:-} in
    create | delete) "$1" ;;
    *)
      echo "$(basename "$0"): unknown verb \"${1:-}\"; write create or delete" >&2
      exit 1
      ;;
  esac
}

# greets SECONDS: whether sshd itself answers on SSH_PORT within that time. What forwards the port accepts a connection long before.
greets() {
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$SSH_PORT"; } 2>/dev/null || return 1
  IFS= read -r -t "$1" line <&3 || line=
  exec 3>&-
  [[ $line == SSH-* ]]
}

# await_sshd NAME SECONDS PATIENCE: until the machine's sshd greets, for which each try has PATIENCE seconds. The caller has two
# functions: alive, whether the machine still runs, and last_words COUNT, the last lines that it printed.
await_sshd() {
  local name=$1 patience=$3 problem asked=$SECONDS deadline=$((SECONDS + $2)) told=$((SECONDS + 30))
  until greets "$patience"; do
    problem=
    if ((SECONDS >= deadline)); then
      problem="$name: sshd did not answer on 127.0.0.1:$SSH_PORT within $2 s"
    elif ((SECONDS > asked)); then
      asked=$SECONDS
      alive || problem="$name ended while it booted"
    fi
    if [[ -n $problem ]]; then
      echo "$problem; the machine's last words:" >&2
      last_words 20 >&2
      exit 1
    fi
    if ((SECONDS >= told)); then
      echo "$name still boots: $(last_words 1)" >&2
      told=$((SECONDS + 30))
    fi
    sleep 0.1
  done
}
