# shellcheck shell=bash
# Observing: commands run side by side, each with its output and exit code, and all of them printed as one JSON document.
# Parameters: none.

observations=()
declare -A number_of=()
observation_seconds=$(patient 30)

# observe ID COMMAND: runs one command line, as it could be typed on this node, in the background; what it printed is kept.
# A failing command is an observation as well: the judge says what it means. Only then is standard error kept: some
# tools warn there on every call. The same id again is the same observation, made anew.
observe() {
  local id=$1 command=$2 number
  number=${number_of[$id]:-${#observations[@]}}
  number_of[$id]=$number
  observations[number]=$id
  if [[ -z ${observed:-} ]]; then
    observed=$(mktemp -d)
    trap 'rm -rf "$observed"' EXIT
  fi
  printf '%s' "$command" >"$observed/$number.command"
  (
    code=0
    # A pod may answer without end: what writes more than a mebibyte is ended (SIGXFSZ), and nothing is cut off unseen.
    (
      ulimit -f 1024
      exec timeout "$observation_seconds" bash -o pipefail -c "$command" </dev/null >"$observed/$number.output" 2>"$observed/$number.error"
    ) 2>/dev/null || code=$?
    if ((code != 0)); then
      cat "$observed/$number.error" >>"$observed/$number.output"
    fi
    printf '%s' "$code" >"$observed/$number.exit"
  ) &
}

# output_of ID, exit_of ID: of one observation, for the steps that build on it. `wait` first: a subshell cannot.
output_of() { part_of "$1" output; }
exit_of() { part_of "$1" exit; }
part_of() {
  local number=${number_of[$1]:-}
  if [[ -n $number ]]; then
    cat "$observed/$number.$2"
  fi
}

# print_observations: waits for the observations and prints them, in the order in which they were begun, as
# {node, at, observations: [{id, command, output, exit}]}.
print_observations() {
  local arguments=() number long
  wait
  if [[ -n ${observed:-} ]]; then
    find "$observed" -name '*.output' -size +1023k | while read -r long; do
      echo "(more than 1 MiB; ended here)" >>"$long"
    done
  fi
  for number in "${!observations[@]}"; do
    arguments+=(--arg "id$number" "${observations[number]}")
    arguments+=(--rawfile "command$number" "$observed/$number.command")
    arguments+=(--rawfile "output$number" "$observed/$number.output")
    arguments+=(--rawfile "exit$number" "$observed/$number.exit")
  done
  # One jq for all of them: processes are dear on an emulated machine.
  # shellcheck disable=SC2016 # the dollars are jq's
  jq -n --arg node "$(node_name)" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --argjson count "${#observations[@]}" \
    "${arguments[@]}" '$ARGS.named as $named | {$node, $at, observations: [range($count) as $n | {
      id: $named["id\($n)"], command: $named["command\($n)"], output: $named["output\($n)"],
      exit: ($named["exit\($n)"] | tonumber)}]}'
}
