# shellcheck shell=bash
# What beginning and ending a watch (nodes/observe/watch.sh, watched.sh) have in common.
# Parameters: WATCH (a name that no other watch has, of small letters and digits).

directory=/run/podnet/watch-$WATCH

# read_counters WHEN: the counters of rules, protocols, interfaces and queues, for what the kernel's events and nftables do not tell. They are read and never set
# back: others read them too.
read_counters() {
  local when=$1 save
  for save in iptables-nft-save iptables-legacy-save; do
    if command -v "$save" >/dev/null; then
      "$save" --counters >"$directory/$save.$when" 2>/dev/null || true # a kernel without that kind of table has none to count
    fi
  done
  cat /proc/net/snmp /proc/net/netstat >"$directory/protocols.$when"
  ip -statistics link >"$directory/links.$when"
  tc -statistics qdisc >"$directory/qdiscs.$when"
}
