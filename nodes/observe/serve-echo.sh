# shellcheck shell=bash
# Echo servers, TCP and UDP port 7, in the network namespace of each pod of this node: what the other pods call. They run until
# this script runs again without pods, since the calls may come from an update that was interrupted and taken up again.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; none: the servers end), UNIT (of systemd, for the servers of one caller).

find_pods

# A second run replaces it, and it ends after a day if nobody does it.
if systemctl --quiet is-active "$UNIT"; then
  systemctl stop "$UNIT"
fi
# Each caller has servers of its own, on the same port: one that ends its servers leaves those of another running.
servers=""
# UDP-RECVFROM, a process for each datagram: UDP-LISTEN loses those that come from several senders at once.
# shellcheck disable=SC2154 # pods.sh fills pid_of
for pid in "${pid_of[@]}"; do
  servers+="nsenter -t $pid -n socat TCP-LISTEN:7,fork,reuseaddr,reuseport PIPE & nsenter -t $pid -n socat UDP-RECVFROM:7,fork,reuseport PIPE & "
done
if [[ -n $servers ]]; then
  systemd-run --quiet --collect --unit "$UNIT" --property RuntimeMaxSec=1d bash -c "$servers wait"
fi

listening() {
  [[ $(nsenter -t "$1" -n ss --no-header --tcp --udp --listening --numeric "sport = :7" | wc -l) -ge 2 ]]
}
for name in "${!pid_of[@]}"; do
  wait_for "the echo servers of $name" 20 listening "${pid_of[$name]}"
done
jq --null-input --argjson pods "${#pid_of[@]}" '{$pods}'
