# shellcheck shell=bash
# What is looked at between nodes in either family: from the pods of this node to all others, and what the node decides for their packets.
# pods.sh has found them (pid_of, address_of, of_family); the observer has found wire, the node's own interface, and mtu, what fits between nodes.
# Parameters: TUNNEL (the device that leads to other nodes' pods; empty: the node's own interface).

# shellcheck disable=SC2154 # what the lines above say others have found

# look_from_pods: what each pod of this node sees of itself and of the others.
look_from_pods() {
  local name
  for name in "${!pid_of[@]}"; do
    # A smaller MTU that a router once reported is remembered for ten minutes: it may have been mended since.
    # shellcheck disable=SC2086 # the word with its blank, or nothing
    nsenter -t "${pid_of[$name]}" -n ip ${of_family}route flush cache || say "$name: its remembered routes could not be forgotten"
    observe_pod "$name"
  done
}

# ping_others ID WAIT SIZE: from each pod of this node to every other pod, not to be fragmented; nothing where no MTU is known.
ping_others() {
  local name other
  if [[ -z $mtu ]]; then
    return
  fi
  for name in "${!pid_of[@]}"; do
    for other in "${!address_of[@]}"; do
      if [[ $other != "$name" ]]; then
        observe "$1/$name/$other" "nsenter -t ${pid_of[$name]} -n ping -n -c 1 -M do -W $2 -s $3 ${address_of[$other]}"
      fi
    done
  done
}

# decide_for_others: what the kernel decides for a packet that has come in, by all its tables and rules: towards another node, and towards a pod here.
decide_for_others() {
  local name other
  for name in "${!pid_of[@]}"; do
    for other in "${!address_of[@]}"; do
      if [[ $other != "$name" && -z ${pid_of[$other]:-} ]]; then
        observe "decision/$name/$other" "ip route get ${address_of[$other]} from ${address_of[$name]} iif cni0"
        observe "decision/$other/$name" "ip route get ${address_of[$name]} from ${address_of[$other]} iif ${TUNNEL:-$wire}"
      fi
    done
  done
}
