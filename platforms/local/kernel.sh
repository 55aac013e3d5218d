# shellcheck shell=bash
# Purpose: what the machines need of this host's kernel, which they share; sourced by the verbs beside it, after capabilities.sh. All of it is gone at the host's
#   next boot. The limits are the whole host's: they are only ever raised.

# shellcheck source=nodes/lib/carries.sh
. "${BASH_SOURCE[0]%/*}/../../nodes/lib/carries.sh"

proc_sys=/proc/sys
proc_net=/proc/net

# ipv6_problem: what keeps machines from having IPv6 addresses, in one sentence; nothing where they can. Switched off by a setting of this host's own
# (disable_ipv6) it is there all the same: a machine has settings of its own.
ipv6_problem() {
  if [[ ! -e $proc_net/if_inet6 ]]; then
    echo "ipFamily asks for IPv6, and this host's kernel has no IPv6 (no $proc_net/if_inet6): it is not built in or loaded (sudo modprobe ipv6), or switched off at boot by ipv6.disable=1; set ipFamily to ipv4, or boot with IPv6"
  fi
}

# device_problem KIND: what keeps the machines, which share this host's kernel, from having a device of that kind for flannel's backend of the same name; nothing
# where one can be made. Where this user may not try, or has no ip, the machines do later.
device_problem() {
  local said alone=()
  if ((EUID != 0)); then
    alone=(--user --map-root-user)
  fi
  if ! unshare "${alone[@]}" --net ip link >/dev/null 2>&1; then
    return
  fi
  if ! said=$(try_device "$1" "${alone[@]}" 2>&1) && [[ $said =~ 'Unknown device type'|'not supported' ]]; then
    echo "backend is $1, and this host's kernel, which the machines share, makes no such device (ip link add type $1: ${said#Error: }); set backend to another one, such as vxlan, or platform to vm, whose machines have Debian's kernel"
  fi
}

# lacking: what is not as it should be, a line each: "modprobe MODULE", or "sysctl SETTING VALUE".
lacking() {
  local setting wanted
  # Without it a pod's packet to a Service and back to a pod of the same bridge passes the rules by. Unlike vxlan and overlay it
  # is not loaded on demand, and a machine has no modules to load.
  if [[ ! -e $proc_sys/net/bridge/bridge-nf-call-iptables ]]; then
    echo "modprobe br_netfilter"
  fi
  # Three nodes watch more files than one host does by default.
  for setting in fs/inotify/max_user_instances:512 fs/inotify/max_user_watches:524288; do
    wanted=${setting#*:} setting=${setting%:*}
    if (($(<"$proc_sys/$setting") < wanted)); then
      echo "sysctl $setting $wanted"
    fi
  done
}

# The same as a script for root, which needs no sysctl program, and as what a user would type.
as_script() { sed "s#^sysctl \(.*\) \(.*\)#echo \2 >$proc_sys/\1#"; }
as_commands() { sed -e 's#^sysctl \(.*\) \(.*\)#sysctl -w \1=\2#' -e '/^sysctl/s#/#.#g' -e 's/^/sudo /'; }

# as_root and by_engine IMAGE: run the script on standard input, where this user may; whether it did what it says is looked at afterwards.
as_root() { ((EUID == 0)) && sh >/dev/null 2>&1; }
# A container in the host's own namespaces: a user of the engine may do that much.
by_engine() {
  local capabilities
  capabilities=$(capability_options) || return 1
  # shellcheck disable=SC2086 # words
  [[ -n $1 ]] && docker run --rm --interactive --pull never --network none --pid host $capabilities \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt label=disable \
    --entrypoint nsenter "$1" --target 1 --mount -- env PATH=/usr/sbin:/usr/bin:/sbin:/bin sh >/dev/null 2>&1
}

# set_kernel IMAGE: sets what is lacking, as root or through the engine. Fails where something is lacking after all.
set_kernel() {
  local before after
  before=$(lacking)
  if [[ -z $before ]]; then
    return 0
  fi
  if ! as_root <<<"$(as_script <<<"$before")" || [[ -n $(lacking) ]]; then
    by_engine "$1" <<<"$(as_script <<<"$before")" || after=refused
  fi
  after=$(lacking)
  if [[ -n $after ]]; then
    return 1
  fi
  echo "set on this host until its next boot: $(as_commands <<<"$before" | sed 's/^sudo //' | paste -s -d , - | sed 's/,/, /g')" >&2
}

# kernel_remedy: what is lacking, as commands for the user.
kernel_remedy() {
  echo "this host's kernel is not set as three nodes need it, and this user may not set it; run:"
  lacking | as_commands | sed 's/^/  /'
}
