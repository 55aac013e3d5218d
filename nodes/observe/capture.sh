# shellcheck shell=bash
# Begins to capture, on every interface of this node, the one packet that nodes/observe/probe.sh will send; nodes/observe/captured.sh ends it.
# Parameters: JOURNEY (a name), FILTER (what libpcap lets through: little else than that packet).

directory=/run/podnet
mkdir -p "$directory"

# start UNIT FILE ARGUMENTS...: a tcpdump that runs until it is stopped, at most a day: an update that was interrupted may send
# the probe much later. A second run replaces it.
start() {
  local unit=$1 file=$2
  shift 2
  if systemctl --quiet is-active "$unit"; then
    systemctl stop "$unit"
  fi
  rm -f "$file"
  systemd-run --quiet --collect --unit "$unit" --property RuntimeMaxSec=1d \
    tcpdump -n --immediate-mode --packet-buffered --relinquish-privileges=root --snapshot-length=192 -w "$file" "$@"
  # The header is written once the sockets are open: what is sent from now on is seen.
  wait_for "tcpdump on this node ($unit)" 20 test -s "$file"
}

# A bridge shows itself only frames for itself, unless someone listens on it in promiscuous mode, which "any" does not.
if [[ ! -e /sys/class/net/cni0 ]]; then
  say "this node has no bridge cni0; what crosses its other interfaces is captured all the same"
elif (($(</sys/class/net/cni0/flags) & 1)); then
  start "podnet-promiscuous-$JOURNEY" "$directory/$JOURNEY.cni0.pcap" --interface cni0 "$FILTER"
else
  say "cni0 of this node is down; what crosses its other interfaces is captured all the same"
fi
start "podnet-capture-$JOURNEY" "$directory/$JOURNEY.pcap" --interface any "$FILTER"
# A node's name is a DNS name: nothing in it has to be quoted.
printf '{"node":"%s","capturing":true}\n' "$(node_name)"
