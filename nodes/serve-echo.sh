# shellcheck shell=bash
# Echo servers, TCP and UDP port 7, in the network namespace of each pod of this node, for two minutes: what the other pods call.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks).

find_pods
# serve UID PROTOCOL PID: as a unit of systemd, which ends it, and which a second run replaces.
serve() {
  local unit="podnet-echo-$2-$1"
  if systemctl --quiet is-active "$unit"; then
    systemctl stop "$unit"
  fi
  systemd-run --quiet --collect --unit "$unit" --property RuntimeMaxSec=120 \
    nsenter -t "$3" -n socat "$2-LISTEN:7,fork,reuseaddr" PIPE
}

servers=0
for pod in $PODS; do
  IFS='=' read -r name uid _ <<<"$pod"
  # shellcheck disable=SC2154 # pods.sh fills pid_of
  if [[ -n ${pid_of[$name]:-} ]]; then
    serve "$uid" TCP "${pid_of[$name]}"
    serve "$uid" UDP "${pid_of[$name]}"
    listening() {
      [[ $(nsenter -t "${pid_of[$name]}" -n ss --no-header --tcp --udp --listening --numeric "sport = :7" | wc -l) -ge 2 ]]
    }
    wait_for "the echo servers of $name" 20 listening
    servers=$((servers + 2))
  fi
done
jq --null-input --argjson servers "$servers" '{$servers}'
