# shellcheck shell=bash
# An iperf3 server, on its usual port 5201, in the network namespace of each pod of this node, until this script runs again without pods: what
# `./lab compare` sends to. The pods' images need not have it.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; none: the servers end), UNIT (of systemd, for the servers).

# A second run replaces it, and it ends after an hour if nobody does it.
if systemctl --quiet is-active "$UNIT"; then
  systemctl stop "$UNIT"
fi
if [[ -n $PODS ]]; then
  find_pods
  servers=""
  # shellcheck disable=SC2154 # pods.sh fills pid_of
  for pid in "${pid_of[@]}"; do
    servers+="nsenter -t $pid -n iperf3 --server & "
  done
  if [[ -n $servers ]]; then
    systemd-run --quiet --collect --unit "$UNIT" --property RuntimeMaxSec=1h bash -c "$servers wait"
  fi
  listening() {
    [[ -n $(nsenter -t "$1" -n ss --no-header --tcp --listening --numeric "sport = :5201") ]]
  }
  for name in "${!pid_of[@]}"; do
    wait_for "iperf3 in $name" 20 listening "${pid_of[$name]}"
  done
fi
printf '{"pods":%s}\n' "${#pid_of[@]}"
