# shellcheck shell=bash
# Begins to capture, on every interface of this node, the one packet that nodes/probe.sh will send; nodes/captured.sh ends it.
# Parameters: JOURNEY (a name), PAYLOAD (bytes of the probe's ICMP payload: a length that no other packet has).

directory=/run/podnet
mkdir -p "$directory"
# With the ICMP and IP headers, and inside the overlay with the VXLAN, UDP, outer IP and inner Ethernet headers.
inner=$((PAYLOAD + 28))
outer=$((inner + 50))
filter="(icmp and ip[2:2] = $inner) or (udp port 8472 and ip[2:2] = $outer)"

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
start "podnet-promiscuous-$JOURNEY" "$directory/$JOURNEY.cni0.pcap" --interface cni0 "$filter"
start "podnet-capture-$JOURNEY" "$directory/$JOURNEY.pcap" --interface any "$filter"
jq --null-input --arg node "$(hostname)" '{$node, capturing: true}'
