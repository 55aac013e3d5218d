# shellcheck shell=bash
# What a fault, or a repair, can change on this node: {heading: [lines]}, without what comes and goes by itself. Two of them tell what has changed.
# Parameters: PODS (pods whose network is looked at too: NAMESPACE/NAME=UID each, separated by blanks), DEVICES (those that
#   flannel makes between nodes, separated by blanks; may be empty).

# part HEADING COMMAND...: its lines; a command that fails has none.
part() {
  local heading=$1
  shift
  { "$@" 2>/dev/null || true; } | jq --raw-input --null-input --arg heading "$heading" '{($heading): [inputs | select(. != "")]}'
}

addresses() {
  ip -json address show | jq --raw-output '.[] | .ifname as $name | .addr_info[] | select(.family == "inet" or .scope == "global") | "\($name) \(.local)/\(.prefixlen)"'
}
# A pod that is made anew gets another veth; what matters is that every one is a port of the bridge.
devices() {
  ip -json -details link show | jq --raw-output '.[] | (.ifname | startswith("veth")) as $cable |
    (if $cable then "veth" else "\(.ifname) mac \(.address)" end) + " mtu \(.mtu) master \(.master // "none") " +
    (if (.flags | index("UP")) then "up" else "down" end) +
    (if .linkinfo.info_kind == "vxlan" then " \(.linkinfo.info_data | {id, local, port} | tojson)" else "" end)'
}
# Those of flannel that have a MAC: a tun device has none.
vteps() {
  for device in $DEVICES; do
    sed -n "s/^./$device &/p" "/sys/class/net/$device/address"
  done
}
# MACs of the pods' own cables, and what was learned, come and go.
forwarding() {
  {
    for device in $DEVICES; do bridge fdb show dev "$device"; done
    bridge fdb show br cni0 | grep static
  } | grep -v -E '^(33:33|01:00:5e)' | sed -E 's/dev veth[0-9a-f]+/dev veth/'
}
# Of IPv6 without what the kernel writes by itself, and what a router announces.
routes() {
  ip -4 route show table all | grep -v '^local\|^broadcast'
  ip -6 route show table all 2>/dev/null | grep -v '^local\|^anycast\|^multicast\|^fe80\|^ff00\|expires'
}
# Without counters, and without the chains of Services, which follow their pods. Whoever only looks into a table makes it: an empty one is none.
rules() {
  iptables-save | sed -E -e '/KUBE-(SEP|SVC|EXT|FW)-|DOCKER_|CNI-/d' | awk '
    /^\*/ { table = substr($1, 2) }
    /^:/ && $2 != "ACCEPT" { print table, $1, $2 }
    /^-A/ { print table, $0 }'
}
# The lab's own looks make tables and take them away again; those of iptables are looked at by iptables.
foreign_tables() {
  nft list tables | grep -v -E 'podnet_watch|^table ip6? (raw|filter|nat|mangle|security)$'
}
settings() {
  local devices=${DEVICES:+ $DEVICES}
  devices=${devices//./\/}
  sysctl --all --pattern '^net\.(ipv4\.ip_forward|bridge\.bridge-nf-call-iptables|ipv4\.conf\.(all|default|cni0|eth0'"${devices// /|}"')\.(rp_filter|forwarding|accept_local))$'
}
queues() {
  tc qdisc show | sed -E -e 's/refcnt [0-9]+//' -e 's/dev veth[0-9a-f]+/dev veth/' -e 's/qdisc ([a-z_]+) [0-9a-f]+:/qdisc \1/'
}
# Addresses that are taken by nobody that runs.
reservations() {
  local known file
  known=$(crictl pods --quiet)
  for file in /var/lib/cni/networks/cbr0/*.*.*.*; do
    if [[ -e $file ]] && ! grep --quiet --fixed-strings --line-regexp "$(head -n 1 "$file" | tr -d '\r')" <<<"$known"; then
      echo "${file##*/} is taken by nobody"
    fi
  done
}
configuration() {
  cd /etc/cni/net.d && sha256sum -- *
}
programs() {
  for unit in kubelet containerd; do
    echo "$unit $(systemctl is-active "$unit" || true)"
  done
  # Stopped or not: whether a process sleeps just now says nothing.
  ps -C flanneld,kube-proxy -o comm=,stat= | awk '{ print $1, ($2 ~ /^[TtZ]/ ? "is stopped" : "runs") }'
}
# inside_pod PID ADDRESS ADDRESS6: a pod that is made anew has other addresses.
inside_pod() {
  nsenter -t "$1" -n bash -c 'ip -o address show | grep -v "scope link" | sed -E "s/ valid_lft.*//; s/^[0-9]+: //"; ip -o link show | sed -E "s/^[0-9]+: ([a-z0-9]+).*<([A-Z_,]+)> (mtu [0-9]+).*/\1 \2 \3/";
    ip -4 route show table all | grep -v "^local\|^broadcast"; ip -6 route show table all 2>/dev/null | grep -v "^local\|^anycast\|^multicast\|^fe80\|^ff00"; ip neigh show nud permanent; ip rule show; tc qdisc show | grep -v noqueue; iptables-save | grep "^-"' | sed "s/\b${2//./\\.}\b/THE-POD/g${3:+; s/\b$3\b/THE-POD-BY-IPV6/g}"
}

{
  part vtep vteps
  part addresses addresses
  part devices devices
  part routes routes
  part policy ip rule show
  part neighbours ip neigh show nud permanent
  part forwarding forwarding
  part rules rules
  part tables foreign_tables
  part settings settings
  part queues queues
  part cni configuration
  part reservations reservations
  part programs programs
  for pod in $PODS; do
    sandbox=$(crictl pods --state ready --label "io.kubernetes.pod.uid=${pod#*=}" --quiet | head -n 1)
    if [[ -n $sandbox ]]; then
      read -r pid address address6 < <(crictl inspectp --output json "$sandbox" |
        jq --raw-output '"\(.info.pid) \(.status.network.ip) \(.status.network.additionalIps[0].ip // "")"')
      part "${pod%=*}" inside_pod "$pid" "$address" "$address6"
      part "${pod%=*} resolv.conf" cat "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/$sandbox/resolv.conf"
    fi
  done
} | jq --slurp add
