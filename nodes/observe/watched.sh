# shellcheck shell=bash
# Ends a watch that nodes/observe/watch.sh began, and prints what it saw, with what decides about the packet's way as it is now: routes, settings,
# interfaces and entries, of this node and of its pods.
# Parameters: WATCH (a name that no other watch has, of small letters and digits), PODS (NAME=UID=ADDRESS, separated by blanks), FROM and TO
#   (addresses), REQUEST_IN and REPLY_IN (the interfaces by which the packet and its answer come to be routed here).

# device_of WORD: an interface by its name, or by the address that it has.
device_of() {
  if [[ -e /sys/class/net/$1 ]]; then
    echo "$1"
  else
    ip -oneline -4 addr show to "$1" 2>/dev/null | awk '{ print $2; found = 1; exit } END { if (!found) print given }' given="$1"
  fi
}

find_pods
if systemctl --quiet is-active "podnet-watch-$WATCH"; then
  systemctl stop "podnet-watch-$WATCH"
fi
# shellcheck disable=SC2154 # watch.sh of nodes/lib sets directory
cd "$directory" || exit
read_counters after
touch events rules limits

# Of all that the kernel told meanwhile: what happened to what was seen on an interface with the length that is followed, and what the sender's
# own system call ended with.
awk 'match($0, /skbaddr=[0-9a-f]+/) {
  packet = substr($0, RSTART, RLENGTH)
  if (/ len=/) seen[packet] = 1
  lines[++count] = $0; packets[count] = packet
  own[count] = /kfree_skb/ && $1 ~ /^(ping|bash|socat)-[0-9]+$/
}
END { for (at = 1; at <= count; at++) if (packets[at] in seen || own[at]) print lines[at] }' events >events.own

observe limits "cat $directory/limits"
observe events "cat $directory/events.own"
observe rules "cat $directory/rules"
# Each chain that changed the packet or did not let it pass, with the handles of its rules.
observe chains "sed -n -E -e 's/^trace id [0-9a-f]+ ([a-z0-9]+ [^ ]+ [^ ]+) (rule .*(drop|reject|masquerade|MASQUERADE|[SD]NAT|[sd]nat (to|ip )|redirect|xt target).*|.*verdict drop.*|policy drop.*)/\\1/p' $directory/rules | sort -u | while read -r chain; do nft --handle list chain \$chain; done"
for save in iptables-nft-save iptables-legacy-save; do
  for when in before after; do
    if [[ -e $save.$when ]]; then
      observe "filters/$save/$when" "cat $directory/$save.$when"
    fi
  done
done
for when in before after; do
  observe "protocols/$when" "cat $directory/protocols.$when"
  observe "links/$when" "cat $directory/links.$when"
  observe "qdiscs/$when" "cat $directory/qdiscs.$when"
done

observe route/request "ip route get $TO from $FROM iif $(device_of "$REQUEST_IN")"
observe route/reply "ip route get $FROM from $TO iif $(device_of "$REPLY_IN")"
observe policy "ip rule"
observe tables "ip -4 route show table all"
observe settings "sysctl --all --pattern '^net\\.(ipv4\\.(ip_forward|conf\\.[^.]*\\.(rp_filter|forwarding))|bridge\\.bridge-nf-call-iptables)$'"
observe interfaces "ip -details link"
observe addresses "ip -4 addr"
observe neighbours "ip neigh"
observe forwarding "bridge fdb"
# shellcheck disable=SC2154 # pods.sh fills pid_of and address_of
for name in "${!pid_of[@]}"; do
  inside="nsenter -t ${pid_of[$name]} -n"
  other=$TO
  if [[ ${address_of[$name]} == "$TO" ]]; then
    other=$FROM
  fi
  observe "pod-route/$name" "$inside ip route get $other"
  observe "pod-interfaces/$name" "$inside ip addr"
  observe "pod-neighbours/$name" "$inside ip neigh"
done
cd /
print_observations
rm -r "$directory"
