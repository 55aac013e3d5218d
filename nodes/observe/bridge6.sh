# shellcheck shell=bash
# The pods of one node on its bridge for IPv6, where the lab has both families: addresses, neighbours that NDP has found, and pings between them.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; the addresses are of IPv6).

# shellcheck disable=SC2034 # pods.sh reads it
of_family="-6 "
find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of
for name in "${!pid_of[@]}"; do
  observe_pod "$name"
done
observe ports "ip link show master cni0"
observe subnet "cat /run/flannel/subnet.env"

# Neighbours are learned: look after the pings.
wait
for name in "${!pid_of[@]}"; do
  observe "neighbours/$name" "nsenter -t ${pid_of[$name]} -n ip -6 neigh"
done
print_observations
