# shellcheck shell=bash
# What every script may use, wherever it runs: a node, a host that is not one yet, the user's own machine.
# Parameters: none.

# say TEXT...: one line of progress. Standard output is kept for results.
say() {
  printf '%s\n' "$*" >&2
}
