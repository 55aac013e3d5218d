# shellcheck shell=bash
# Takes away what another backend of flannel's has left on this node, once flanneld runs with the one that shall be: its devices, with the routes and entries
# on them, the routes that lead by another way than the new one's, and the MTU of the bridge and of its device.
# Parameters: DEVICES (those of flannel's that stay, separated by blanks), ENTRIES (written: flanneld writes neighbour and forwarding entries on them; none),
#   ROUTES (each: one for each node's pods; one: a single one for the whole pod network), POD_CIDR (of IPv4; may be absent), POD_CIDR6 (may be absent), RULES (nftables: flannel has its rules there; absent: in iptables).

# With another VNI it has another name.
for path in /sys/class/net/flannel*; do
  link=${path##*/}
  if [[ $link =~ ^flannel(\.[0-9]+|-v6\.[0-9]+|0|\.ipip|-wg|-wg-v6)$ && " $DEVICES " != *" $link "* ]]; then
    say "$link is of another backend: deleting it"
    ip link delete "$link"
  fi
done
if [[ " $DEVICES " != *" flannel-wg "* ]]; then
  # The private key of a device that is gone.
  rm -f /run/flannel/wgkey
fi
if [[ $ENTRIES == none ]]; then
  for link in $DEVICES; do
    if [[ -e /sys/class/net/$link ]]; then
      ip neigh flush dev "$link" nud permanent
      bridge fdb show dev "$link" | { grep ' dst ' || true; } | while read -r mac _ to _; do
        bridge fdb del "$mac" dev "$link" dst "$to"
      done
    fi
  done
fi
if [[ $ROUTES == one ]]; then
  # They are longer than the one for all of them, and would be taken first.
  ip route show root "$POD_CIDR" | { grep ' via ' || true; } | while read -ra route; do
    ip route del "${route[@]}"
  done
fi
# By IPv6 the kernel takes no way through the VXLAN device by an address to which another device still leads. So flanneld, which puts its routes in the place of
# the old ones, was refused there, and does not try again until it begins anew.
if [[ $ENTRIES == written && -n ${POD_CIDR6:-} ]]; then
  device6=$(tr ' ' '\n' <<<"$DEVICES" | grep '^flannel-v6')
  stale=$(ip -6 route show root "$POD_CIDR6" | { grep ' via ' || true; } | { grep -v --fixed-strings " dev $device6 " || true; })
  if [[ -n $stale ]]; then
    say "IPv6 routes of another backend are in flannel's way: deleting them, and starting flanneld again"
    while read -r destination via gateway dev device _; do
      ip -6 route del "$destination" "$via" "$gateway" "$dev" "$device"
    done <<<"$stale"
    crictl stop --timeout 5 "$(crictl ps --quiet --name '^kube-flannel$')" >&2
    led_by_vtep() {
      [[ $(ip -6 route show root "$POD_CIDR6" dev "$device6" | grep -c ' via ') -ge $(wc -l <<<"$stale") ]]
    }
    wait_for "flannel's IPv6 routes" 120 led_by_vtep
  fi
fi
if [[ ${RULES:-} == nftables ]]; then
  # flanneld empties its chain of the table nat, and cannot delete it while POSTROUTING still leads there; of the table filter it looks after none.
  while read -r program table chain own comment; do
    while "$program" -w -t "$table" -C "$chain" -m comment --comment "flanneld $comment" -j "$own" 2>/dev/null; do
      "$program" -w -t "$table" -D "$chain" -m comment --comment "flanneld $comment" -j "$own"
    done
    if "$program" -w -t "$table" -F "$own" 2>/dev/null; then
      say "$own of the table $table of $program is of flannel's other rules: deleting it"
      "$program" -w -t "$table" -X "$own"
    fi
  done < <(
    for program in iptables ${POD_CIDR6:+ip6tables}; do
      printf '%s\n' "$program nat POSTROUTING FLANNEL-POSTRTG masq" "$program filter FORWARD FLANNEL-FWD forward"
    done
  )
fi
mtu=$(sed -n 's/^FLANNEL_MTU=\([0-9]*\)$/\1/p' /run/flannel/subnet.env 2>/dev/null) || mtu=''
# flanneld leaves a device that is there at the MTU that it has.
for link in cni0 $DEVICES; do
  fits=$mtu
  if [[ $link == flannel-v6.* && -e /sys/class/net/$link && -n $mtu ]]; then
    # By IPv6 70 bytes are wrapped around, and the kernel takes no more than what is left of the wire's MTU then.
    wire=$(ip -details link show "$link" | sed -n 's/.* dev \([^ ]*\) .*/\1/p')
    left=$(($(</sys/class/net/"$wire"/mtu) - 70))
    if ((left < fits)); then fits=$left; fi
  fi
  if [[ -n $fits && -e /sys/class/net/$link && $(</sys/class/net/"$link"/mtu) != "$fits" ]]; then
    ip link set "$link" mtu "$fits"
  fi
done
