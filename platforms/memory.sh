# shellcheck shell=bash
# Purpose: which checkout this is, and folders for its keys that are in memory only; sourced by the verbs of every platform.
# Parameters: STACK.

# checkout: where this clone of the project is. It is no input of any resource: the state holds no path of this machine.
checkout() { (cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P); }

# memory_prefix: what the names of this checkout's folders for keys of the stack begin with; two checkouts may have a stack of one name.
# Where there is a /dev/shm, which a Mac lacks, none of them is on a disk. A colon is in no stack's or node's name.
memory_prefix() {
  local root=/dev/shm sum
  if [[ ! -w $root ]]; then
    root=${TMPDIR:-/tmp}
  fi
  sum=$(checkout | cksum)
  echo "$root/podnet:$STACK:${sum%% *}:"
}

# memory_folder NAME: such a folder, empty. A run that was killed could not remove its own: the name tells the next run which it is.
memory_folder() {
  local folder
  folder=$(memory_prefix)$1
  rm -rf "$folder"
  mkdir -m 0700 "$folder"
  echo "$folder"
}
