# shellcheck shell=bash
# Begins to watch what this node does with packets, and why it drops them: the kernel's own events, and the way through the rules of nftables, which
# iptables-nft's are too. nodes/observe/watched.sh ends it. What it needs is its own: an instance of the kernel's tracing, and a table that only marks. Both go when
# it ends, however that is; what a watch left behind that was killed goes with the next one.
# Parameters: WATCH (a name that no other watch has, of small letters and digits), MATCHES (expressions of nft, one a line: which packets are followed
#   through the rules), EVENTS (a filter of the kernel's tracing, over the events of devices: len and name).

lifetime=$(patient 60)
# Machines that are containers share one kernel, and its tracing: the name tells whose it is, and since when.
name=$(date +%s)_${WATCH}_$(node_name | tr -c 'a-z0-9\n' _)
# shellcheck disable=SC2154 # watch.sh of nodes/lib sets directory
mkdir -p "$directory"
: >"$directory/limits"

# attempt WHAT COMMAND...: runs it; where it fails, the watch goes on without, and says so.
attempt() {
  local what=$1 words
  shift
  if words=$("$@" 2>&1); then
    return
  fi
  printf '%s %s\n' "$what" "$(tail -n 1 <<<"$words")" >>"$directory/limits"
  return 1
}

# find_tracing: the folder of the kernel's tracing, which only an administrator's machine has mounted already.
find_tracing() {
  tracing=/sys/kernel/tracing
  if [[ ! -d $tracing/instances ]]; then
    tracing=$directory/tracing
    mkdir -p "$tracing"
    mountpoint --quiet "$tracing" || attempt events mount -t tracefs nodev "$tracing"
  fi
}

# forget NAME: the instance and the table of that name.
forget() {
  if [[ -d $tracing/instances/podnet_watch_$1 ]]; then
    rmdir "$tracing/instances/podnet_watch_$1"
  fi
  if command -v nft >/dev/null; then
    # Either may never have been made.
    nft delete table ip "podnet_watch_$1" 2>/dev/null || true
    nft delete table bridge "podnet_watch_$1" 2>/dev/null || true
  fi
}

# sweep: what watches have left behind that can no longer run.
sweep() {
  local found now
  now=$(date +%s)
  {
    ls "$tracing/instances" 2>/dev/null || true
    nft list tables 2>/dev/null | sed 's/^table [a-z]* //' || true
  } | sed -n 's/^podnet_watch_//p' | sort -u | while read -r found; do
    if ((now - ${found%%_*} > 2 * lifetime)); then
      forget "$found"
    fi
  done
  find /run/podnet -mindepth 1 -maxdepth 1 -name 'watch-*' -mmin +60 | while read -r found; do
    if mountpoint --quiet "$found/tracing"; then
      umount "$found/tracing"
    fi
    rm -rf --one-file-system "$found"
  done
}

# end: nothing of this watch stays on the machine but what it has seen.
end() {
  if [[ -d $tracing/instances/podnet_watch_$name ]]; then
    echo 0 >"$tracing/instances/podnet_watch_$name/tracing_on"
    cat "$tracing/instances/podnet_watch_$name/trace" >"$directory/events"
  fi
  forget "$name"
  if mountpoint --quiet "$directory/tracing"; then
    umount "$directory/tracing"
  fi
}

watch_events() {
  local instance=$tracing/instances/podnet_watch_$name event
  attempt events mkdir "$instance" || return 0
  for event in net/net_dev_start_xmit net/netif_rx net/netif_receive_skb; do
    echo "$EVENTS" >"$instance/events/$event/filter"
    echo 1 >"$instance/events/$event/enable"
  done
  # IPv4 alone.
  echo "protocol == 2048" >"$instance/events/skb/kfree_skb/filter"
  echo 1 >"$instance/events/skb/kfree_skb/enable"
  if ! grep --quiet reason "$instance/events/skb/kfree_skb/format"; then
    echo "reasons this kernel ($(uname --kernel-release)) tells where it drops a packet, and not why" >>"$directory/limits"
  fi
}

# marking FAMILY: a table of that family that marks what is followed, before every other chain, whatever its priority.
marking() {
  local hook match
  echo "table $1 podnet_watch_$name {"
  for hook in prerouting output; do
    echo "chain $hook {"
    echo "type filter hook $hook priority -2147483648"
    while read -r match; do
      echo "$match meta nftrace set 1"
    done <<<"$MATCHES"
    echo "}"
  done
  echo "}"
}

watch_rules() {
  attempt rules command -v nft || return 0
  marking ip >"$directory/table"
  attempt rules nft --file "$directory/table" || return 0
  marking bridge >"$directory/table"
  nft --file "$directory/table" 2>/dev/null || true # few kernels have such tables, and a bridge's packets pass those of IP too
  local before monitor tries
  before=$(rule_listeners)
  nft monitor trace >"$directory/rules" 2>/dev/null &
  monitor=$!
  # On a busy machine it may begin to listen after the packets were sent; two seconds are enough for it to say so, or to have failed.
  for ((tries = 0; tries < 40; tries++)); do
    if (($(rule_listeners) > before)) || ! kill -0 "$monitor" 2>/dev/null; then
      break
    fi
    sleep 0.05
  done
}
# rule_listeners: how many sockets of this machine listen for the way of packets through nftables: the ninth group of the netlink family 12.
rule_listeners() {
  awk '$2 == 12 && $4 ~ /[13579bdf][0-9a-f][0-9a-f]$/' /proc/net/netlink | wc -l
}

# watcher: what the unit runs.
watcher() {
  trap 'exit 0' TERM INT
  trap end EXIT
  sweep
  read_counters before
  watch_events
  watch_rules
  touch "$directory/ready"
  sleep "$lifetime" &
  wait $!
}

{
  printf 'set -euo pipefail\n'
  printf '%s=%q\n' WATCH "$WATCH" directory "$directory" lifetime "$lifetime" name "$name" EVENTS "$EVENTS" MATCHES "$MATCHES"
  declare -f attempt find_tracing forget sweep end watch_events marking watch_rules rule_listeners read_counters watcher
  # shellcheck disable=SC2016 # the dollar is for the unit's shell
  printf 'find_tracing || tracing=/nonexistent\n"$1"\n'
} >"$directory/watcher.sh"
systemd-run --quiet --collect --unit "podnet-watch-$WATCH" --property "RuntimeMaxSec=$lifetime" --property KillMode=mixed \
  --property "ExecStopPost=/bin/bash $directory/watcher.sh end" bash "$directory/watcher.sh" watcher
wait_for "the watch on this node" 20 test -e "$directory/ready"
# A node's name is a DNS name: nothing in it has to be quoted.
printf '{"node":"%s","watching":true}\n' "$(node_name)"
