# shellcheck shell=bash
# What can be broken, one function a kind of change: break_KIND ARGUMENTS... notes how to undo it, then does it; restore_* undo. A restore brings back
# what was there, leaves alone what somebody has mended, and does nothing where the pod or the device has gone.
# Parameters: none.

# take_step KIND ARGUMENTS...
take_step() {
  local kind=$1
  shift
  "break_$kind" "$@"
}

# break_rule TABLE CHAIN RULE...: a rule before all others of a chain of iptables. The word `wire` stands for the uplink.
break_rule() {
  local table=$1 chain=$2 rule=() word
  shift 2
  for word in "$@"; do
    if [[ $word == wire ]]; then
      word=$(device_named wire)
    fi
    rule+=("$word")
  done
  if iptables -w -t "$table" -C "$chain" "${rule[@]}" 2>/dev/null; then
    refuse "the chain $chain of the table $table has this rule already: ${rule[*]}"
    return
  fi
  alter "restore_rule $(words "$table" "$chain" "${rule[@]}")" "iptables -w -t $(words "$table" -C "$chain" "${rule[@]}")" \
    iptables -w -t "$table" -I "$chain" "${rule[@]}"
}
restore_rule() {
  local table=$1 chain=$2
  shift 2
  while iptables -w -t "$table" -C "$chain" "$@" 2>/dev/null; do
    iptables -w -t "$table" -D "$chain" "$@" || return
  done
}

# break_kernel KEY VALUE: a setting of the kernel.
break_kernel() {
  local now
  now=$(sysctl --values "$1")
  if [[ $now == "$2" ]]; then
    refuse "$1 is $2 already"
    return
  fi
  alter "sysctl --quiet --write $1=$now" "[[ \$(sysctl --values $1) == $2 ]]" sysctl --quiet --write "$1=$2"
}

# break_link PLACE DEVICE WORDS...: `ip link set DEVICE WORDS`.
break_link() {
  local place=$1 device
  device=$(device_named "$2")
  shift 2
  save_device "$place" "$device"
  alter "restore_device $place $device $saved" "device_differs $place $device $saved" inside "$place" ip link set dev "$device" "$@"
}

# break_vtep DEVICE KEY VALUE: a VXLAN device made anew with another value of `ip link add ... type vxlan`, such as `id 2`; all else as it was.
break_vtep() {
  save_device node "$1"
  alter "restore_device node $1 $saved" "device_differs node $1 $saved" make_vtep "$1" "$saved" "${@:2}"
}

# save_device PLACE DEVICE: all that going down, or away, would take; its folder is then in `saved`.
save_device() {
  # shellcheck disable=SC2154 # change.sh names it
  saved=$fault_folder/device-$(find "$fault_folder" -name 'device-*' | wc -l)
  mkdir "$saved"
  describe_device "$1" "$2" >"$saved/link"
  addresses_of "$1" "$2" >"$saved/addresses"
  inside "$1" ip -4 route show dev "$2" >"$saved/routes"
  # Of IPv6 a device that goes down loses all; what the kernel writes by itself is left out.
  addresses6_of "$1" "$2" >"$saved/addresses6"
  inside "$1" ip -6 route show dev "$2" 2>/dev/null | grep -v -E 'proto (kernel|ra)|^fe80|expires' >"$saved/routes6" || true
  inside "$1" ip neigh show dev "$2" nud permanent >"$saved/neighbours"
  inside "$1" bridge fdb show dev "$2" | grep -E ' (permanent|static)$' | grep -v -E '^(33:33|01:00:5e)' >"$saved/entries" || true
}
# Of a VXLAN device also what it was made with. A bridge's details have timers among them, which are others at each look.
describe_device() {
  inside "$1" ip -json -details link show "$2" | jq '.[0] | {ifindex, mtu, address, master, up: (.flags | index("UP") != null),
    kind: .linkinfo.info_kind, data: (if .linkinfo.info_kind == "vxlan" then .linkinfo.info_data else null end)}'
}
addresses_of() {
  inside "$1" ip -json -4 address show "$2" | jq --raw-output '.[0].addr_info[]? | "\(.local)/\(.prefixlen)\(if .broadcast then " brd \(.broadcast)" else "" end)"'
}
addresses6_of() {
  inside "$1" ip -6 address show "$2" scope global 2>/dev/null | awk '$1 == "inet6" && !/dynamic/ { print $2 }'
}
device_differs() {
  ! diff <(describe_device "$1" "$2") "$3/link" || ! diff <(addresses_of "$1" "$2") "$3/addresses"
}

# make_vtep DEVICE SAVED [KEY VALUE]
make_vtep() {
  local device=$1 saved=$2 key=${3:-} value=${4:-} old=() at
  read -ra old <<<"$(jq --raw-output '"index \(.ifindex) address \(.address) mtu \(.mtu) type vxlan id \(.data.id) local \(.data.local) dev \(.data.link)" +
    " dstport \(.data.port)" + (if .data.learning then "" else " nolearning" end)' "$saved/link")"
  if [[ -e /sys/class/net/$device ]]; then
    ip link del "$device"
  fi
  for at in "${!old[@]}"; do
    if [[ -n $key && ${old[at]} == "$key" ]]; then
      old[at + 1]=$value
    fi
  done
  ip link add "$device" "${old[@]}" && fill_device node "$device" "$saved"
}

# restore_device PLACE DEVICE SAVED
restore_device() {
  local place=$1 device=$2 saved=$3
  place_is_there "$place" || return 0
  if [[ $(jq --raw-output .kind "$saved/link") == vxlan ]] && ! diff <(ip -json -details link show "$device" 2>/dev/null | jq '.[0].linkinfo.info_data') \
    <(jq .data "$saved/link") >/dev/null; then
    make_vtep "$device" "$saved"
    return
  fi
  inside "$place" ip link show "$device" >/dev/null 2>&1 || return 0
  fill_device "$place" "$device" "$saved"
}
# fill_device PLACE DEVICE SAVED: a device that is there becomes as it was.
fill_device() {
  local place=$1 device=$2 saved=$3 want now line word
  now=$(inside "$place" ip -json link show "$device" | jq '.[0]')
  for word in mtu address; do
    want=$(jq --raw-output ".$word" "$saved/link")
    [[ $(jq --raw-output ".$word" <<<"$now") == "$want" ]] || inside "$place" ip link set dev "$device" "$word" "$want" || return
  done
  want=$(jq --raw-output '.master // empty' "$saved/link")
  if [[ $(jq --raw-output '.master // empty' <<<"$now") != "$want" ]]; then
    if [[ -n $want ]]; then ip link set dev "$device" master "$want"; else ip link set dev "$device" nomaster; fi || return
  fi
  inside "$place" ip link set dev "$device" "$(jq --raw-output 'if .up then "up" else "down" end' "$saved/link")" || return
  if ! diff <(addresses_of "$place" "$device") "$saved/addresses" >/dev/null; then
    inside "$place" ip -4 address flush dev "$device"
    while read -ra line; do inside "$place" ip address add "${line[@]}" dev "$device" || return; done <"$saved/addresses"
  fi
  # A route through a gateway needs the one to the gateway first. One without either is global, and would be written as one of the link.
  while read -ra line; do
    if [[ ! " ${line[*]} " =~ ' scope '|' via ' ]]; then line+=(scope global); fi
    inside "$place" ip route replace "${line[@]}" dev "$device" || return
  done < <(
    # A device may have routes of one sort alone.
    grep 'scope link' "$saved/routes" || true
    grep -v 'scope link' "$saved/routes" || true
  )
  if [[ -s $saved/addresses6 ]]; then
    while read -r line; do inside "$place" ip -6 address replace "$line" dev "$device" nodad || return; done <"$saved/addresses6"
  fi
  if [[ -s $saved/routes6 ]]; then
    while read -ra line; do inside "$place" ip -6 route replace "${line[@]}" dev "$device" || return; done <"$saved/routes6"
  fi
  while read -r line _ word _; do
    inside "$place" ip neigh replace "$line" lladdr "$word" dev "$device" nud permanent || return
  done <"$saved/neighbours"
  while read -ra line; do
    if [[ ${line[1]:-} == dst ]]; then
      bridge fdb replace "${line[0]}" dev "$device" dst "${line[2]}" self permanent || return
    fi
  done <"$saved/entries"
}

# break_address PLACE DEVICE ADDRESS/LENGTH: one more. break_no_address PLACE DEVICE: none is left.
break_address() {
  alter "restore_address $1 $2 $3" "inside $1 ip -4 address show $2 | grep --quiet 'inet $3 '" inside "$1" ip address add "$3" dev "$2"
}
restore_address() {
  place_is_there "$1" || return 0
  if inside "$1" ip -4 address show "$2" | grep --quiet "inet $3 "; then
    inside "$1" ip address del "$3" dev "$2"
  fi
}
break_no_address() {
  save_device "$1" "$2"
  alter "restore_device $1 $2 $saved" "[[ -z \$(addresses_of $1 $2) ]]" inside "$1" ip -4 address flush dev "$2"
}

# break_prefix UID LENGTH: the pod takes all of a larger network for its own segment.
break_prefix() {
  local address
  save_device "$1" eth0
  address=$(inside "$1" ip -json -4 address show eth0 | jq --raw-output '.[0].addr_info[0].local')
  alter "restore_device $1 eth0 $saved" "inside $1 ip -4 address show eth0 | grep --quiet 'inet $address/$2 '" widen "$1" "$address" "$2"
}
widen() {
  local line
  inside "$1" ip -4 address flush dev eth0
  inside "$1" ip address add "$2/$3" brd + dev eth0
  line=$(grep '^default' "$saved/routes")
  # shellcheck disable=SC2086 # a line of words
  inside "$1" ip route replace $line dev eth0
}

# break_no_route PLACE DESTINATION: `via` stands for every destination behind a gateway, `subnet:DEVICE:ADDRESS` for the pods of the node with
# that address, to which the VXLAN device leads.
break_no_route() {
  local place=$1 destination lines line
  destination=$(destination_named "$2")
  if [[ $destination == via ]]; then
    lines=$(inside "$place" ip -4 route show | grep ' via ')
  else
    lines=$(inside "$place" ip -4 route show "$destination")
  fi
  if [[ -z $lines ]]; then
    refuse "there is no route to $destination"
    return
  fi
  while read -r line; do
    alter "restore_route $place $line" "! inside $place ip -4 route show | grep --quiet --fixed-strings '${line%% *} '" \
      inside "$place" ip route del "${line%% *}"
  done <<<"$lines"
}
restore_route() {
  place_is_there "$1" || return 0
  local place=$1
  shift
  inside "$place" ip route replace "$@"
}
destination_named() {
  local device address mac
  case $1 in
    subnet:*)
      IFS=: read -r _ device address <<<"$1"
      mac=$(mac_behind "$device" "$address")
      echo "$(vtep_address "$device" "$mac")/24"
      ;;
    *) echo "$1" ;;
  esac
}
# mac_behind DEVICE ADDRESS: the MAC of the VXLAN device at the other end, as the forwarding entry that leads to that machine has it; empty where there is none.
mac_behind() {
  bridge -json fdb show dev "$1" | jq --raw-output --arg to "$2" 'first(.[] | select(.dst == $to)).mac // empty'
}
vtep_address() {
  ip -json neigh show dev "$1" | jq --raw-output --arg mac "$2" 'first(.[] | select(.lladdr == $mac)).dst'
}

# break_route WORDS...: one more route of the node, such as `blackhole ADDRESS`. The word `wire` stands for the uplink.
break_route() {
  local route=() word
  for word in "$@"; do
    if [[ $word == wire ]]; then
      word=$(device_named wire)
    fi
    route+=("$word")
  done
  alter "restore_no_route ${route[*]}" "route_is_there ${route[*]}" ip route add "${route[@]}"
}
route_is_there() {
  if [[ $1 == blackhole ]]; then
    set -- type "$@"
  fi
  [[ -n $(ip -4 route show table main "$@") ]]
}
restore_no_route() {
  if route_is_there "$@"; then
    ip route del "$@"
  fi
}

# break_policy PRIORITY WORDS...: a rule before the tables.
break_policy() {
  if [[ -n $(ip rule show pref "$1") ]]; then
    refuse "there is a rule of priority $1 already"
    return
  fi
  alter "restore_no_policy $1" "[[ -n \$(ip rule show pref $1) ]]" ip rule add pref "$@"
}
restore_no_policy() {
  if [[ -n $(ip rule show pref "$1") ]]; then
    ip rule del pref "$1"
  fi
}

# break_neighbour PLACE DEVICE ADDRESS MAC: an entry that is wrong, for ever. `subnet:DEVICE:ADDRESS` stands for that node's own VXLAN device, MAC `none` for no
# entry, the device `wire` for the uplink.
break_neighbour() {
  local place=$1 device=$2 address=$3 mac=$4 was
  if [[ $device == wire ]]; then
    device=$(device_named wire)
  fi
  if [[ $address == subnet:* ]]; then
    address=$(destination_named "$address")
    address=${address%/*}
  fi
  was=$(inside "$place" ip -json neigh show "$address" dev "$device" | jq --raw-output '.[0] | "\(.lladdr // "none") \(.state[0] // "none")"')
  if [[ $mac == none ]]; then
    alter "restore_neighbour $place $device $address $was" "[[ -z \$(inside $place ip neigh show $address dev $device nud permanent) ]]" \
      inside "$place" ip neigh del "$address" dev "$device"
  else
    alter "restore_neighbour $place $device $address $was" "inside $place ip neigh show $address dev $device | grep --quiet '$mac PERMANENT'" \
      inside "$place" ip neigh replace "$address" lladdr "$mac" dev "$device" nud permanent
  fi
}
# What was learned comes again by itself; only what was written for ever is written again.
restore_neighbour() {
  local place=$1 device=$2 address=$3 mac=$4 state=$5
  place_is_there "$place" || return 0
  if [[ $state == PERMANENT ]]; then
    inside "$place" ip neigh replace "$address" lladdr "$mac" dev "$device" nud permanent
  elif inside "$place" ip neigh show "$address" dev "$device" | grep --quiet PERMANENT; then
    inside "$place" ip neigh del "$address" dev "$device"
  fi
}

# break_vtep_entry DEVICE ADDRESS: the forwarding entry of a VXLAN device that leads to another node is gone.
break_vtep_entry() {
  local mac
  mac=$(mac_behind "$1" "$2")
  if [[ -z $mac ]]; then
    refuse "$1 has no forwarding entry that leads to $2"
    return
  fi
  alter "restore_vtep_entry $1 $mac $2" "! bridge fdb show dev $1 | grep --quiet \"^$mac dst $2 \"" \
    bridge fdb del "$mac" dev "$1" dst "$2"
}
restore_vtep_entry() {
  [[ ! -e /sys/class/net/$1 ]] || bridge fdb replace "$2" dev "$1" dst "$3" self permanent
}

# break_bridge_entry UID OTHER: cni0 believes for ever that the pod's MAC is behind the other pod's port. Sticky, since an entry that is only static moves
# to the port from which the next frame of the pod comes.
break_bridge_entry() {
  local mac port
  mac=$(inside "$1" ip -json link show eth0 | jq --raw-output '.[0].address')
  port=$(device_named "veth:$2")
  alter "restore_bridge_entry $mac $port" "bridge fdb show dev $port | grep --quiet '^$mac .*master cni0 static'" \
    bridge fdb replace "$mac" dev "$port" master static sticky
}
restore_bridge_entry() {
  if bridge fdb show dev "$2" 2>/dev/null | grep --quiet "^$1 .*master cni0 static"; then
    bridge fdb del "$1" dev "$2" master
  fi
}

# break_queue DEVICE WORDS...: another queueing discipline at its root.
break_queue() {
  local device
  device=$(device_named "$1")
  shift
  if ! tc qdisc show dev "$device" root | grep --quiet ' 0: '; then
    refuse "$device has a queueing discipline of somebody's own: $(tc qdisc show dev "$device" root)"
    return
  fi
  alter "restore_queue $device" "! tc qdisc show dev $device root | grep --quiet ' 0: '" tc qdisc add dev "$device" root "$@"
}
restore_queue() {
  if tc qdisc show dev "$1" root 2>/dev/null | grep --quiet --invert-match ' 0: '; then
    tc qdisc del dev "$1" root
  fi
}

# break_unit NAME: a service of systemd is stopped.
break_unit() {
  alter "systemctl start $1" "! systemctl --quiet is-active $1" systemctl stop "$1"
}

# break_freeze PROGRAM: its process is there and does nothing.
break_freeze() {
  alter "restore_frozen $1" "ps -C $1 -o stat= | grep --quiet '^T'" pkill -STOP -x "$1"
}
restore_frozen() {
  pkill -CONT -x "$1" || [[ $? == 1 ]] # 1: it has been started anew
}

# break_file PATH: moved out of the way.
break_file() {
  alter_kept "restore_file $1" "[[ ! -e $1 && -e $fault_folder/file ]]" mv "$1" "$fault_folder/file"
}
restore_file() {
  if [[ -e $fault_folder/file && ! -e $1 ]]; then
    mv "$fault_folder/file" "$1"
  fi
}

# break_pool: every address of the node's pods that is free is taken, by nobody.
break_pool() {
  alter_kept restore_pool "grep --quiet --recursive --fixed-strings '$fault_folder' /var/lib/cni/networks/cbr0" fill_pool
}
fill_pool() {
  local subnet last
  subnet=$(sed -n 's/^FLANNEL_SUBNET=\(.*\)\.[0-9]*\/24$/\1/p' /run/flannel/subnet.env)
  for last in $(seq 2 254); do
    # Never over an address that a pod has.
    (set -o noclobber && echo "$fault_folder" >"/var/lib/cni/networks/cbr0/$subnet.$last") 2>/dev/null || true
  done
}
restore_pool() {
  grep --files-with-matches --recursive --line-regexp --fixed-strings "$fault_folder" /var/lib/cni/networks/cbr0 | xargs --no-run-if-empty rm -f
}

# break_resolver UID ADDRESS: the pod asks another name server.
break_resolver() {
  local file
  file=$(crictl inspectp --output json "$(crictl pods --state ready --label "io.kubernetes.pod.uid=$1" --quiet | head -n 1)" |
    jq --raw-output '.info.config.dns_config as $dns | .status.id as $id | "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/\($id)/resolv.conf"')
  cp "$file" "$fault_folder/resolv.conf"
  alter_kept "restore_resolver $file" "grep --quiet '^nameserver $2\$' $file" point_resolver "$file" "$2"
}
# Written in place: the pod has mounted this very file.
point_resolver() {
  sed "s/^nameserver .*/nameserver $2/" "$fault_folder/resolv.conf" >"$1"
}
restore_resolver() {
  if [[ -e $1 && -e $fault_folder/resolv.conf ]]; then
    cat "$fault_folder/resolv.conf" >"$1"
  fi
}
