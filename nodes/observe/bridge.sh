# shellcheck shell=bash
# The pods of one node on its bridge: namespaces, addresses, ports, forwarding table, and pings between them.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks).

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of
for name in "${!pid_of[@]}"; do
  observe_pod "$name"
done
observe bridge "brctl show cni0"
observe ports "ip link show master cni0"
observe subnet "cat /run/flannel/subnet.env"

# Neighbours and the forwarding table are learned: look after the pings.
wait
for name in "${!pid_of[@]}"; do
  observe "neighbours/$name" "nsenter -t ${pid_of[$name]} -n ip neigh"
done
observe fdb "bridge fdb show br cni0"
print_observations
