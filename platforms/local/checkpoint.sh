#!/usr/bin/env bash
# Purpose: keep all machines of a lab as they are at a moment, and put them back.
# Parameters: the verb; STACK, LAB; for all verbs but list NAME, the checkpoint's.
#   save      the machines stand still while they are copied. Standard input, the stack's state, is kept with them
#   restore   the machines are ended, put back and started; prints the state that was kept. The machines must be the same ones
#   remove    what is not there is removed already
#   list      prints NAME, moment, KiB and "whole" or "half" a line; half is what an interrupted save left
# A checkpoint is a volume of the engine with the lab's id: the folders of the machines' own layers and volumes, with owners, modes and attributes.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
# shellcheck source=platforms/local/capabilities.sh
. ./capabilities.sh
: "${STACK:?}" "${LAB:?}"

need_engine

checkpoint_label=pod-networking-lab.checkpoint
volume="podnet-$STACK-checkpoint-${NAME:-}"
verb=${1:-}

machines() { docker ps --all --filter "label=$id_label=$LAB" "$@" --format '{{.Names}}' | sort; }
node_of() { label container "$1" pod-networking-lab.node; }

# helper OPTION... -- SCRIPT: a container that may read and write what it is given, whoever calls: a member of the group docker cannot read the
# engine's folders by himself.
helper() {
  local image options=() capabilities
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  image=$(docker container inspect --format '{{.Config.Image}}' "$(machines | head -n 1)")
  capabilities=$(capability_options)
  # shellcheck disable=SC2086 # words
  docker run --rm --interactive --pull never --network none --log-driver none $capabilities \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt label=disable \
    "${options[@]}" --entrypoint bash "$image" -euo pipefail -c "$2"
}

# layer_of MACHINE: the folder with what is on it and not in its image. The kernel tells, whatever the engine's store is called.
layer_of() {
  docker exec "$1" sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \/ .*[ ,]upperdir=\([^ ,]*\).*/\1/p' /proc/self/mountinfo
}

whole() { helper --volume "$volume:/checkpoint:ro" -- 'test -e /checkpoint/whole' </dev/null; }

thaw() { machines --filter status=paused | xargs --no-run-if-empty docker unpause >/dev/null; }

save() {
  local machine node layer ids="" mounts=()
  case $(whose volume "$volume") in
    nobody) ;;
    ours)
      if whole; then
        echo "there is a checkpoint \"$NAME\" already; take another name, or remove it: ./lab checkpoint --remove $NAME" >&2
        exit 1
      fi
      docker volume rm "$volume" >/dev/null
      ;;
    *) refuse volume "$volume" ;;
  esac
  for machine in $(machines); do
    if [[ $(docker container inspect --format '{{.State.Status}}' "$machine") != running ]]; then
      echo "$machine does not run; ./lab up starts it" >&2
      exit 1
    fi
    node=$(node_of "$machine")
    layer=$(layer_of "$machine")
    if [[ $layer != /* ]]; then
      echo "$machine keeps its files in a store that tells no folder (docker info names the storage driver); checkpoints need overlay2 or overlayfs" >&2
      exit 1
    fi
    mounts+=(--volume "$layer:/machines/$node/root:ro" --volume "$machine-var:/machines/$node/var:ro")
    ids+="$node $(docker container inspect --format '{{.Id}}' "$machine") $layer"$'\n'
  done
  docker volume create "${labels[@]}" --label "$checkpoint_label=$NAME" "$volume" >/dev/null
  trap thaw EXIT
  machines | xargs docker pause >/dev/null
  # The state holds no secret in the clear, and is no less protected here than in .lab.
  # shellcheck disable=SC2016 # the dollars are for the helper
  helper --volume "$volume:/checkpoint" "${mounts[@]}" --env "IDS=$ids" -- '
    umask 077
    chmod 0700 /checkpoint
    cat >/checkpoint/state.json
    printf "%s" "$IDS" >/checkpoint/machines
    cp -a --reflink=auto /machines /checkpoint/files
    sync --file-system /checkpoint
    touch /checkpoint/whole'
}

restore() {
  local kept node id layer machine is mounts=() names
  if [[ $(whose volume "$volume") != ours ]] || ! whole; then
    echo "there is no checkpoint \"$NAME\"; ./lab checkpoint lists those that there are" >&2
    exit 1
  fi
  kept=$(helper --volume "$volume:/checkpoint:ro" -- 'cat /checkpoint/machines' </dev/null)
  names=$(while read -r NODE _; do machine_name; done <<<"$kept" | sort)
  if [[ $names != "$(machines)" ]]; then
    echo "the lab has other machines than at checkpoint \"$NAME\": now $(machines | paste -s -d ' '), then $(paste -s -d ' ' <<<"$names"); set workers as it was and run ./lab up first" >&2
    exit 1
  fi
  while read -r NODE id layer; do
    machine=$(machine_name)
    is=$(docker container inspect --format '{{.Id}}' "$machine")
    if [[ $is != "$id" ]]; then
      echo "$machine was made anew since checkpoint \"$NAME\", which does not fit it any more; remove it: ./lab checkpoint --remove $NAME" >&2
      exit 1
    fi
    mounts+=(--volume "$layer:/machines/$NODE/root" --volume "$machine-var:/machines/$NODE/var")
  done <<<"$kept"
  thaw
  # What they would still write is of no interest.
  machines --filter status=running --filter status=restarting | xargs --no-run-if-empty --max-procs 0 --max-args 1 docker stop --time 0 >/dev/null
  # Everything is copied before anything is removed: what is cut off then leaves a machine as it was, and can be done again in any case.
  # shellcheck disable=SC2016 # the dollars are for the helper
  helper --volume "$volume:/checkpoint:ro" "${mounts[@]}" -- '
    shopt -s dotglob nullglob
    new=.podnet-rewind
    for folder in /machines/*/*; do
      rm -rf "$folder/$new"
      cp -a --reflink=auto "/checkpoint/files/${folder#/machines/}" "$folder/$new"
    done
    for folder in /machines/*/*; do
      find "$folder" -mindepth 1 -maxdepth 1 ! -name "$new" -exec rm -rf {} +
      for entry in "$folder/$new"/*; do mv "$entry" "$folder/"; done
      chown --reference="$folder/$new" "$folder"
      chmod --reference="$folder/$new" "$folder"
      rmdir "$folder/$new"
    done
    cat /checkpoint/state.json' </dev/null
  machines | xargs --max-procs 0 --max-args 1 docker start >/dev/null
}

list() {
  local name mounts=() each
  mapfile -t names < <(docker volume ls --quiet --filter "label=$id_label=$LAB" --filter "label=$checkpoint_label")
  if ((${#names[@]} == 0)); then
    return
  fi
  for each in "${names[@]}"; do
    name=$(label volume "$each" "$checkpoint_label")
    mounts+=(--volume "$each:/checkpoints/$name:ro")
  done
  # shellcheck disable=SC2016 # the dollars are for the helper
  helper "${mounts[@]}" -- 'cd /checkpoints
    for name in *; do
      echo "$name $(date -u -r "$name/machines" +%Y-%m-%dT%H:%M:%SZ) $(du -sk "$name" | cut -f 1) $(test -e "$name/whole" && echo whole || echo half)"
    done' </dev/null
}

case $verb in
  save | restore) : "${NAME:?}" && "$verb" ;;
  remove) : "${NAME:?}" && remove volume "$volume" ;;
  list) list ;;
  *)
    echo "checkpoint.sh: unknown verb \"$verb\"; write save, restore, remove or list" >&2
    exit 1
    ;;
esac
