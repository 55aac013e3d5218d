# shellcheck shell=bash
# One node's end of the overlay: its subnet, routes, VTEP and what it knows of the others, and pings from the pods that run here.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; pods of other nodes are pinged).

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of
for name in "${!pid_of[@]}"; do
  observe_pod "$name"
done
observe subnet "cat /run/flannel/subnet.env"
observe routes "ip route"
observe vtep "ip -details link show flannel.1"
observe vtep-neighbours "ip neigh show dev flannel.1"
observe vtep-fdb "bridge fdb show dev flannel.1"
report
