# shellcheck shell=bash
# Makes a machine ready for kubeadm: kernel settings, the guard on its uplinks, a resolver for pods, containerd running.
# Parameters: NODE_NAME, NODE_ADDRESS, POD_CIDR and SERVICE_CIDR (of IPv4; may be absent), POD_CIDR6 and SERVICE_CIDR6 (of IPv6; may be absent), POD_PACKETS (wrapped: they leave this machine inside other packets; bare: as they are), BACKEND (the way in which flannel carries them, by its name in the config), BACKEND_MTU (what the wire must carry; absent: flannel looks by itself).

same_ranges /etc

for module in $(kernel_modules); do
  # Built in, loaded, or to be loaded: a container machine cannot load modules, and need not where the host has them.
  if [[ ! -d /sys/module/$module ]] && ! modprobe --quiet "$module"; then
    say "cannot load module $module; fine if it is built into the kernel"
  fi
done
if [[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ]]; then
  say "the kernel has no br_netfilter: bridged packets would pass the Service rules by; load it on the host: modprobe br_netfilter"
  exit 1
fi

if [[ -n ${POD_CIDR6:-} && ! -e /proc/net/if_inet6 ]]; then
  say "the kernel of $NODE_NAME has no IPv6 (no /proc/net/if_inet6): it is not built in, or switched off by ipv6.disable=1; set ipFamily to ipv4"
  exit 1
fi

if ! reason=$(carries "$BACKEND" 2>&1); then
  say "the kernel of $NODE_NAME cannot carry packets by backend \"$BACKEND\" (${reason:-it was tried}); choose another one: ./lab pulumi config set backend vxlan$(elsewhere "$BACKEND")"
  exit 1
fi

if [[ -n ${BACKEND_MTU:-} ]]; then
  wire=$(ip -o addr show to "$NODE_ADDRESS" | awk '{ print $2; exit }')
  if [[ $(</sys/class/net/"$wire"/mtu) -lt $BACKEND_MTU ]]; then
    say "backendOptions.mtu $BACKEND_MTU is more than $wire of $NODE_NAME carries, $(</sys/class/net/"$wire"/mtu); write that or less, or leave it out"
    exit 1
  fi
fi

say "kernel settings"
kernel_modules >/etc/modules-load.d/90-podnet.conf
cat >/etc/sysctl.d/90-podnet.conf <<'SETTINGS'
net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
SETTINGS
if [[ -n ${POD_CIDR6:-} ]]; then
  # An engine may have switched IPv6 off for what is made later, such as bridges.
  cat >>/etc/sysctl.d/90-podnet.conf <<'SETTINGS'
net.ipv6.conf.default.disable_ipv6 = 0
net.ipv6.conf.all.forwarding = 1
net.bridge.bridge-nf-call-ip6tables = 1
SETTINGS
  if [[ -z ${POD_CIDR:-} ]]; then
    # By this one kube-proxy tells whether there is IPv6 at all, whichever interfaces have it.
    echo 'net.ipv6.conf.all.disable_ipv6 = 0' >>/etc/sysctl.d/90-podnet.conf
  fi
  # A machine that forwards no longer listens to routers, and would lose the addresses and the way out that it has from them; 2 is: all the same.
  ip -6 route show proto ra 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u | while read -r device; do
    printf 'net.ipv6.conf.%s.accept_ra = 2\n' "${device//./\/}" >>/etc/sysctl.d/90-podnet.conf
  done
fi
sysctl --quiet --load=/etc/sysctl.d/90-podnet.conf

# Until kube-proxy's and flannel's rules stand, a packet for a pod or a Service would follow the default route out of the lab,
# where somebody may even answer it. The guard's rules come after DNAT and after encapsulation, so every packet that meets them went astray. Where
# pods' packets leave bare, good ones meet them too: there a route takes what flannel's routes to the nodes do not.
say "guard on the uplinks"
install -d -m 0755 /etc/podnet
printf '%s\n' "$NODE_NAME" >/etc/podnet/node-name
cat >/usr/local/sbin/podnet-guard <<'GUARD'
#!/bin/bash
# Stops what leaves by an uplink for a pod or Service address. Parameters: NODE_ADDRESS POD_CIDR SERVICE_CIDR POD_PACKETS [POD_CIDR6 SERVICE_CIDR6]. A - stands for a range that the lab has not.
set -euo pipefail
address=$1 packets=$4

# chain IPTABLES TABLE HOOK...: an empty chain of ours in the table, first in each of the hooks.
chain() {
  local iptables=$1 table=$2 hook
  shift 2
  "$iptables" -w -t "$table" -N PODNET-GUARD 2>/dev/null || "$iptables" -w -t "$table" -F PODNET-GUARD
  for hook; do
    "$iptables" -w -t "$table" -C "$hook" -j PODNET-GUARD 2>/dev/null || "$iptables" -w -t "$table" -I "$hook" -j PODNET-GUARD
  done
}

uplinks=$({
  ip -o addr show to "$address" | awk '{ print $2 }'
  ip -o -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p'
  if [[ -n ${5:-} ]]; then
    ip -o -6 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p'
  fi
} | sort -u)

# guard FAMILY IPTABLES PODS SERVICES REFUSAL NFT_REFUSAL: FAMILY is an option of ip, empty for IPv4; the last two say the same.
guard() {
  local family=$1 iptables=$2 pods=$3 services=$4 refusal=$5 nft_refusal=$6 uplink last table=ip rules=''
  # Any other route to these addresses is tried first: a longer one since it is longer, one as long since it costs less.
  last=(unreachable "$pods" metric 4278198272)
  if [[ $packets == bare ]]; then
    ip ${family:+"$family"} route replace "${last[@]}"
  elif ip ${family:+"$family"} route | grep --quiet "^unreachable $pods \(dev lo \)\?metric ${last[3]}"; then
    ip ${family:+"$family"} route del "${last[@]}"
  fi
  chain "$iptables" filter OUTPUT FORWARD
  chain "$iptables" mangle POSTROUTING
  if [[ -n $family ]]; then table=ip6; fi
  for uplink in $uplinks; do
    rules+="oifname \"$uplink\" $table daddr $services reject with $nft_refusal;"
    # Refused at once, so that the program that asked tries again at once. In OUTPUT a translated packet still shows the interface of
    # its first route, so it passes here; after the last routing decision nothing for a pod passes any more.
    "$iptables" -w -A PODNET-GUARD -o "$uplink" -d "$services" -j REJECT --reject-with "$refusal"
    if [[ $packets == bare ]]; then
      continue
    fi
    "$iptables" -w -A PODNET-GUARD -o "$uplink" -d "$pods" -m conntrack ! --ctstate DNAT -j REJECT --reject-with "$refusal"
    "$iptables" -w -t mangle -A PODNET-GUARD -o "$uplink" -d "$pods" -j DROP
  done
  # kube-router puts itself first in FORWARD, and what policies allow meets none of the rules behind it, not even kube-proxy's that refuses for a Service
  # without endpoints. A table of a later priority is met all the same.
  nft -f - <<RULES || echo "podnet-guard: without nftables a Service without endpoints is not refused beside kube-router" >&2
add table $table podnet-guard
delete table $table podnet-guard
table $table podnet-guard {
  chain PODNET-GUARD {
    type filter hook forward priority 10
    $rules
  }
}
RULES
}
if [[ $2 != - ]]; then
  guard "" iptables "$2" "$3" icmp-net-prohibited "icmp type net-prohibited"
fi
if [[ -n ${5:-} ]]; then
  guard -6 ip6tables "$5" "$6" icmp6-adm-prohibited "icmpv6 type admin-prohibited"
fi
GUARD
chmod 0755 /usr/local/sbin/podnet-guard
# shellcheck disable=SC2154 # carries.sh sets make_tun
cat >/etc/systemd/system/podnet-guard.service <<UNIT
[Unit]
Description=Nothing for pod or Service addresses leaves by an uplink
After=network-online.target
Wants=network-online.target
Before=kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
$([[ $BACKEND != udp ]] || echo "ExecStartPre=/bin/bash -c '$make_tun'")
ExecStart=/usr/local/sbin/podnet-guard $NODE_ADDRESS ${POD_CIDR:--} ${SERVICE_CIDR:--} $POD_PACKETS${POD_CIDR6:+ $POD_CIDR6 $SERVICE_CIDR6}

[Install]
WantedBy=multi-user.target
UNIT

# Pods get the node's real nameservers: a resolver on a loopback address would send CoreDNS's questions back to CoreDNS.
if [[ ! -s /etc/podnet/resolv.conf ]]; then
  for source in /run/systemd/resolve/resolv.conf /etc/resolv.conf; do
    servers=$(grep -sv '^nameserver[[:space:]]*\(127\.\|::1\)' "$source") || continue
    # A file that names no server, or only such a one, is not a source.
    [[ $servers =~ (^|$'\n')nameserver ]] || continue
    printf '%s\n' "$servers" >/etc/podnet/resolv.conf
    break
  done
  touch /etc/podnet/resolv.conf
fi

systemctl daemon-reload
systemctl enable --quiet podnet-guard.service
systemctl restart podnet-guard.service

say "containerd"
systemctl enable --quiet --now containerd.service
wait_for "containerd to answer" 60 ctr version
