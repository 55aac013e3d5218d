# shellcheck shell=bash
# Purpose: folders for keys that are in memory only; sourced by the verbs of every platform. Parameters: STACK.

# memory_prefix: what the stack's folders for keys begin with; none is on a disk. A colon is in no stack's or node's name.
memory_prefix() { echo "/dev/shm/podnet:$STACK:"; }

# memory_folder NAME: such a folder, empty. Whoever was killed before could not remove it: it has a name that others can tell.
memory_folder() {
  local folder
  folder=$(memory_prefix)$1
  rm -rf "$folder"
  mkdir -m 0700 "$folder"
  echo "$folder"
}
