# shellcheck shell=bash
# Takes a machine for one lab, before anything is changed on it, and writes down how it was found; reset.sh goes by that.
# Prints { id, arch, address6 } of the machine. Parameters: LAB (the lab's own id), BESIDE (the IPv4 address beside which the machine has the IPv6 one that is
#   printed; absent: none is). Standard input: reset.sh with what it needs, for the
#   machine's owner to run by hand should the lab be lost.

record=/var/lib/podnet
# Those of IPv6. What one of all interfaces changes on each is put back after it.
settings6() {
  printf '%s\n' net/ipv6/conf/default/disable_ipv6 net/bridge/bridge-nf-call-ip6tables net/ipv6/conf/all/forwarding
  cd /proc/sys && for path in net/ipv6/conf/*/forwarding net/ipv6/conf/*/accept_ra; do
    [[ $path == net/ipv6/conf/all/* || ! -e $path ]] || printf '%s\n' "$path"
  done
}
if [[ -e $record/owner && $(<"$record/owner") != "$LAB" ]]; then
  say "this machine is held by another lab ($(<"$record/owner")); destroy that one, or, if it is lost, run here: bash $record/reset.sh"
  exit 1
fi
if [[ ! -e $record/owner ]]; then
  install -d -m 0700 "$record" "$record/found"
  # Settings that the lab, the kubelet or kube-proxy changes; one that is missing is not there yet, and 0 by default.
  for setting in net/ipv4/ip_forward net/ipv4/conf/all/route_localnet net/bridge/bridge-nf-call-iptables vm/overcommit_memory \
    vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes \
    net/netfilter/nf_conntrack_max net/netfilter/nf_conntrack_tcp_timeout_established net/netfilter/nf_conntrack_tcp_timeout_close_wait \
    ${BESIDE:+$(settings6)}; do
    if [[ -r /proc/sys/$setting ]]; then
      printf '%s %s\n' "$setting" "$(tr '\t' ' ' <"/proc/sys/$setting")"
    fi
  done >"$record/found/settings"
  # Folders that were there stay, whatever comes into them.
  made_folders | while read -r folder; do
    if [[ -d $folder ]]; then
      printf '%s\n' "$folder"
    fi
  done >"$record/found/folders"
  { kernel_modules && enforcer_modules; } | while read -r module; do
    if [[ -d /sys/module/$module ]]; then
      printf '%s\n' "$module"
    fi
  done >"$record/found/modules"
  # Last: where this file is, the others are complete.
  printf '%s' "$LAB" >"$record/owner.new"
  mv "$record/owner.new" "$record/owner"
fi
cat >"$record/reset.sh"
case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *) arch=$(uname -m) ;;
esac
address6=''
if [[ -n ${BESIDE:-} ]]; then
  address6=$(addresses6_of "$(device_towards "$BESIDE")" | sed -n '1s/.*/,"address6":"&"/p')
fi
printf '{"id":"%s","arch":"%s"%s}\n' "$(</etc/machine-id)" "$arch" "$address6"
