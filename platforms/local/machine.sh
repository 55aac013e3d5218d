#!/usr/bin/env bash
# Purpose: a machine of the lab: a container that boots systemd and sshd.
# Parameters: the verb, create or delete; STACK, NODE. For create also
#   NETWORK     name of the stack's network
#   IMAGE       reference of the machine image
#   ADDRESS     its fixed IPv4 address in the stack's network
#   SSH_PORT    port on 127.0.0.1 for its sshd
#   API_PORT    port on 127.0.0.1 for its API server, or empty
#   START       kept for status.sh: another value for another start
#   stdin       its public host key; the public key that may log in; then its private host key, each from a new line
# A container of that name is kept when it was made by the same parameters and script, and made anew otherwise.
# Prints {"id": ..., "start": ...} once sshd answers: the id is another one when the machine is.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/lib.sh
. ./lib.sh
: "${STACK:?}" "${NODE:?}"

machine=$(machine_name)
volume=$(volume_name)

delete() {
  remove container "$machine" --force
  remove volume "$volume"
}

# The host's own resolvers, as docker finds them: pods cannot use docker's 127.0.0.11, it would send CoreDNS in a circle.
resolvers() {
  local file=/etc/resolv.conf found
  if grep -q '^nameserver 127\.0\.0\.53' "$file" && [ -e /run/systemd/resolve/resolv.conf ]; then
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

# sshd, not docker's proxy, sends this greeting.
greets() {
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$SSH_PORT"; } 2>/dev/null || return 1
  IFS= read -r -t 2 line <&3 || line=
  exec 3>&-
  [[ $line == SSH-* ]]
}

await_sshd() {
  local deadline=$((SECONDS + 60))
  until greets; do
    if ((SECONDS >= deadline)); then
      echo "$machine: sshd did not answer on 127.0.0.1:$SSH_PORT within 60 s; the machine's last words:" >&2
      docker logs --tail 20 "$machine" >&2
      docker exec "$machine" systemctl --no-pager --failed >&2 || echo "$machine: systemd does not answer" >&2
      exit 1
    fi
    sleep 0.1
  done
}

create() {
  : "${NETWORK:?}" "${IMAGE:?}" "${ADDRESS:?}" "${SSH_PORT:?}" "${START:?}"
  local api=${API_PORT:-} publish=("127.0.0.1:$SSH_PORT:22") spec
  if [ -n "$api" ]; then
    publish+=("127.0.0.1:$api:6443")
  fi
  IFS= read -r host_public
  IFS= read -r login
  host_private=$(cat)

  # Everything the machine is made of, this script's flags included. The image's name says what is in it, and the public
  # key stands for the private one.
  spec=$(printf '%s\n' "$NETWORK" "$IMAGE" "$ADDRESS" "${publish[@]}" \
    "$host_public" "$login" "$(sha256sum <machine.sh)" | sha256sum | cut -c 1-16)

  if [ "$(docker container inspect --format '{{index .Config.Labels "pod-networking-lab.spec"}}' "$machine" 2>/dev/null)" != "$spec" ]; then
    # Someone may have cleaned up the engine's images since they were built.
    if ! docker image inspect "$IMAGE" >/dev/null 2>&1; then
      node ./image.ts >&2
    fi
    delete
    docker volume create --label "pod-networking-lab.stack=$STACK" "$volume" >/dev/null
    # Never pulled: whoever owns that name in a registry is nobody we know.
    docker create --pull never --name "$machine" --hostname "$NODE" \
      --label "pod-networking-lab.stack=$STACK" --label "pod-networking-lab.node=$NODE" --label "pod-networking-lab.spec=$spec" \
      --network "$NETWORK" --ip "$ADDRESS" "${publish[@]/#/--publish=}" \
      --restart unless-stopped \
      --cap-add ALL --cap-drop SYS_RESOURCE \
      --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt label=disable \
      --security-opt systempaths=unconfined \
      --cgroupns=private --device-cgroup-rule 'a *:* rwm' \
      --tmpfs /run --tmpfs /tmp --volume "$volume:/var" \
      "$IMAGE" >/dev/null
    hand_over
    # One that never ran may have been left by an interrupted run before it had its keys.
  elif [ "$(started_at "$machine")" = 0001-01-01T00:00:00Z ]; then
    hand_over
  fi
  docker start "$machine" >/dev/null
  await_sshd
  docker exec --interactive "$machine" sh -c "cat >$start_file" <<<"$START $(started_at "$machine")"
  printf '{"id":"%s","start":"%s"}\n' "$(docker container inspect --format '{{.Id}}' "$machine")" "$START"
}

need_engine
case ${1:?create or delete} in
  create) create ;;
  delete) delete ;;
  *)
    echo "machine.sh: unknown verb \"$1\"; write create or delete" >&2
    exit 1
    ;;
esac
