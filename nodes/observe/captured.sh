# shellcheck shell=bash
# Ends a capture that nodes/observe/capture.sh began, and prints it: as tcpdump reads it, and whole, in base64.
# Parameters: JOURNEY (a name), FRAMES (how many frames a whole journey leaves on this node), LINES (an extended regular
#   expression for the lines that tcpdump prints for them, one a frame).

# A machine that was restarted has forgotten the folder with the capture.
mkdir -p /run/podnet
file=/run/podnet/$JOURNEY.pcap

# On a busy machine tcpdump may be behind. A frame that never comes is not an error here: the judge sees where the packet was last.
complete() {
  [[ $(tcpdump -n -r "$file" 2>/dev/null | grep -c -E "$LINES") -ge $FRAMES ]]
}
end=$((SECONDS + $(patient 3)))
until complete || ((SECONDS >= end)); do
  sleep 0.2
done
for unit in "podnet-capture-$JOURNEY" "podnet-promiscuous-$JOURNEY"; do
  # After a restart of the machine neither unit runs; the judge sees that frames are missing.
  if systemctl --quiet is-active "$unit"; then
    systemctl stop "$unit"
  fi
done

# What nobody came to read: a trace is given a name of its own.
find /run/podnet -name '*.pcap' -mmin +1440 -delete
observe links "ip addr"
# Which interface the CNI plugin made for which pod.
observe veths "jq --raw-output '(.cniArgs | map({(.[0]): .[1]}) | add) as \$pod | .result.interfaces[]? | select(.sandbox == null and (.name | startswith(\"veth\")))
  | \"\(\$pod.K8S_POD_UID) \(\$pod.K8S_POD_NAMESPACE)/\(\$pod.K8S_POD_NAME) \(.name)\"' /var/lib/cni/results/*-eth0"
observe capture "tcpdump -n -e -r $file"
observe pcap "base64 --wrap=0 $file"
print_observations
