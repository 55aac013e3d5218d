#!/usr/bin/env bash
# Purpose: a machine of the lab: a container that boots systemd and sshd.
# Parameters: the verb, create or delete; STACK, LAB, NODE. For create also
#   NETWORK     name of the lab's network
#   IMAGE       reference of the machine image
#   ADDRESS     its fixed IPv4 address in the lab's network
#   ADDRESS6    its IPv6 address there; may be absent
#   SSH_PORT    port on 127.0.0.1 for its sshd
#   API_PORT    port on 127.0.0.1 for its API server, or empty
#   START       kept for status.sh: another value for another start
#   stdin       its public host key; the public key that may log in; then its private host key, each from a new line
# A container of that name is kept when it was made by the same parameters, and made anew otherwise; another lab's is left alone.
# Prints {"id": ..., "start": ...} once sshd answers: the id is another one when the machine is.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
# shellcheck source=platforms/local/capabilities.sh
. ./capabilities.sh
# shellcheck source=platforms/local/kernel.sh
. ./kernel.sh
# shellcheck source=platforms/verbs.sh
. ../verbs.sh
: "${STACK:?}" "${NODE:?}"

machine=$(machine_name)
volume=$(volume_name)

delete() {
  case $(whose container "$machine") in
    # A volume of an earlier version says nothing of its owner: it is whose the machine is.
    theirs | earlier) echo "the container \"$machine\" is $(owner container "$machine"): it stays, with its volume" >&2 ;;
    *)
      remove container "$machine" --force
      remove volume "$volume"
      ;;
  esac
}

# The host's own resolvers, as docker finds them: pods cannot use docker's 127.0.0.11, it would send CoreDNS in a circle.
resolvers() {
  local file=/etc/resolv.conf found
  if grep -q '^nameserver 127\.0\.0\.53' "$file" && [[ -e /run/systemd/resolve/resolv.conf ]]; then
    file=/run/systemd/resolve/resolv.conf
  fi
  found=$(awk '$1 == "nameserver" && $2 ~ /^[0-9.]+$/ && $2 !~ /^127\./ { print "nameserver", $2 }' "$file")
  # What docker takes when it finds none.
  echo "${found:-nameserver 8.8.8.8}"
}

# Files from memory to the machine that does not run yet: neither its environment nor a command line shows a key.
hand_over() {
  local folder
  folder=$(memory_folder "machine:$NODE")
  (
    umask 077
    mkdir -p "$folder/etc/ssh" "$folder/etc/podnet" "$folder/root/.ssh"
    printf '%s\n' "$host_public" >"$folder/etc/ssh/ssh_host_ed25519_key.pub"
    printf '%s\n' "$host_private" >"$folder/etc/ssh/ssh_host_ed25519_key"
    printf '%s\n' "$login" >"$folder/root/.ssh/authorized_keys"
    resolvers >"$folder/etc/podnet/resolv.conf"
    chmod 0755 "$folder/etc" "$folder/etc/ssh" "$folder/etc/podnet"
    chmod 0644 "$folder/etc/podnet/resolv.conf" "$folder/etc/ssh/ssh_host_ed25519_key.pub"
  )
  tar -C "$folder" --owner=0 --group=0 -cf - etc/ssh etc/podnet root/.ssh | docker cp - "$machine:/"
  rm -rf "$folder"
}

sum() { sha256sum | cut -c 1-16; }

# A version that had no ids made its machines of the same parameters, and noted this: such a machine is kept. The long number is the sum of
# that version's machine.sh.
earlier_spec() {
  printf '%s\n' "$NETWORK" "$IMAGE" "$ADDRESS" "${publish[@]}" "$host_public" "$login" \
    "e193e6e68db6dbbd02f10357449187915ce9a41dd279b18538cb35cd857e7794  -" | sum
}

make() {
  local spec=$1
  shift
  look volume "$volume"
  delete
  # An existing volume would be taken without a word, whosever it is.
  if [[ $(whose volume "$volume") != nobody ]]; then
    refuse volume "$volume"
  fi
  docker volume create "${labels[@]}" "$volume" >/dev/null
  forget volume "$volume"
  # Never pulled: the owner of that name in a registry is nobody we know.
  docker create --pull never --name "$machine" "${labels[@]}" \
    --label "pod-networking-lab.node=$NODE" --label "$spec_label=$spec" "$@" >/dev/null
  forget container "$machine"
  hand_over
}

boot_now=$(</proc/sys/kernel/random/boot_id)

# start_it: whatever state the machine is in, it runs afterwards, on a host whose kernel is set as it should be.
start_it() {
  local status boot_then
  status=$(docker container inspect --format '{{.State.Status}}' "$machine")
  if ! set_kernel "$IMAGE"; then
    kernel_remedy >&2
    exit 1
  fi
  case $status in
    paused)
      docker unpause "$machine" >/dev/null
      echo "$machine was paused; it goes on" >&2
      ;;
    running)
      # After the host's reboot the engine starts it before anybody has set the kernel: what failed in it then does not try again.
      read -r _ _ boot_then <<<"$(docker exec "$machine" cat "$start_file" 2>/dev/null)"
      if [[ -n $boot_then && $boot_then != "$boot_now" ]]; then
        echo "$machine came back with this host's reboot, before the kernel was set for it; it is started again" >&2
        docker restart "$machine" >/dev/null
      fi
      ;;
    *) docker start "$machine" >/dev/null ;;
  esac
}

alive() { [[ $(docker container inspect --format '{{.State.Running}}' "$machine") == true ]]; }
last_words() {
  docker logs --tail "$1" "$machine" 2>&1
  if (($1 > 1)); then
    docker exec "$machine" systemctl --no-pager --failed 2>&1 || echo "$machine: systemd does not answer"
  fi
}

create() {
  : "${LAB:?}" "${NETWORK:?}" "${IMAGE:?}" "${ADDRESS:?}" "${SSH_PORT:?}" "${API_PORT?}" "${START:?}"
  local publish=("127.0.0.1:$SSH_PORT:22") flags capabilities spec noted id started
  if [[ -n $API_PORT ]]; then
    publish+=("127.0.0.1:$API_PORT:6443")
  fi
  IFS= read -r host_public
  IFS= read -r login
  host_private=$(cat)
  capabilities=$(capability_options)
  # shellcheck disable=SC2206 # words
  flags=(
    --hostname "$NODE"
    --network "$NETWORK" --ip "$ADDRESS" ${ADDRESS6:+--ip6 "$ADDRESS6"} "${publish[@]/#/--publish=}"
    --restart unless-stopped
    $capabilities
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt label=disable
    --security-opt systempaths=unconfined
    --cgroupns=private --device-cgroup-rule 'a *:* rwm'
    --tmpfs /run --tmpfs /tmp --volume "$volume:/var"
    "$IMAGE"
  )
  # Everything that the machine is made of. The image's name says what is in it, and the public key stands for the private one.
  spec=$(printf '%s\n' "${flags[@]}" "$host_public" "$login" | sum)

  look container "$machine"
  case $(whose container "$machine") in
    theirs | earlier) refuse container "$machine" ;;
  esac
  # The user may have cleaned up the engine's images since they were built.
  if ! docker image inspect "$IMAGE" >/dev/null 2>&1; then
    node ./image.ts >&2
  fi
  IFS='|' read -r _ _ noted _ <<<"$(describe container "$machine")"
  if [[ $noted != "$spec" && $noted != "$(earlier_spec)" ]]; then
    make "$spec" "${flags[@]}"
    # One that never ran may have been left by an interrupted run before it had its keys.
  elif [[ $(started_at "$machine") == 0001-01-01T00:00:00Z ]]; then
    hand_over
  fi
  start_it
  await_sshd "$machine" 60 2
  IFS='|' read -r id started <<<"$(docker container inspect --format '{{.Id}}|{{.State.StartedAt}}' "$machine")"
  docker exec --interactive "$machine" sh -c "cat >$start_file" <<<"$START $started $boot_now"
  printf '{"id":"%s","start":"%s"}\n' "$id" "$START"
}

need_engine
run_verb "$@"
