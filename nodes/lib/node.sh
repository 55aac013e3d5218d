# shellcheck shell=bash
# What scripts on a node use: how patient to be with this machine, waiting, and the node's name.
# Parameters: none.

# An emulated processor (QEMU without KVM) is 20 to 40 times slower, and what it takes longer for is not broken.
# Where the program is missing, nobody knows, and the machine is taken for a fast one.
# It does not change until the next boot, when /run is empty again, and to ask takes longer than most of what is asked for afterwards: kept on a machine
# that is a node.
virtualisation=unknown
if [[ -s /run/podnet/virtualisation ]]; then
  virtualisation=$(</run/podnet/virtualisation)
elif command -v systemd-detect-virt >/dev/null; then
  virtualisation=$(systemd-detect-virt --vm || [[ $? == 1 ]]) # 1 is for "none"
  if [[ -d /etc/podnet && -w /run ]]; then
    mkdir -p /run/podnet
    echo "$virtualisation" >/run/podnet/virtualisation
  fi
fi
emulated() {
  [[ $virtualisation == qemu ]]
}

# patient SECONDS: a deadline for programs, as long as this machine needs. soon SECONDS: one for a packet and its answer.
patient() {
  if emulated; then echo $(($1 * 30)); else echo "$1"; fi
}
soon() {
  if emulated; then echo $(($1 * 10)); else echo "$1"; fi
}

# within SECONDS COMMAND...: runs a command or a function, and ends it, with all that it started, when it takes longer; returns 124 then.
within() {
  local seconds=$1 command watch code=0
  shift
  # With job control each of the two is a process group of its own, which one signal ends as a whole.
  set -m
  "$@" </dev/null &
  command=$!
  (
    sleep "$seconds"
    kill -KILL -- "-$command"
  ) </dev/null >/dev/null 2>&1 &
  watch=$!
  set +m
  wait "$command" 2>/dev/null || code=$?
  kill -KILL -- "-$watch" 2>/dev/null || true # it has ended by itself where it has done its work
  wait "$watch" 2>/dev/null || true
  if ((code == 137)); then
    echo "no answer within $seconds s"
    code=124
  fi
  return "$code"
}

# wait_for DESCRIPTION SECONDS COMMAND...: until the command succeeds; at the deadline it fails with the command's last words. A try that
# hangs is ended, so that the next one can succeed; what is missing was said by the one before it.
wait_for() {
  local description=$1 seconds pause=0.2 end said='' last left each code
  seconds=$(patient "$2")
  end=$((SECONDS + seconds))
  # Each look may start a program, which would take away what is waited for.
  if emulated; then pause=3; fi
  each=$(patient 30)
  shift 2
  while true; do
    left=$((end - SECONDS))
    code=0
    last=$(within $((left < 1 ? 1 : left < each ? left : each)) "$@" 2>&1) || code=$?
    if ((code == 0)); then
      return
    elif ((code == 124)); then
      last=${said:+$said$'\n'}$last
    else
      said=$last
    fi
    if ((SECONDS >= end)); then
      say "waited $seconds s for $description, in vain: $*"
      say "$last"
      return 1
    fi
    sleep "$pause"
  done
}

# no_proxies: for what talks to the cluster. Its addresses are reached directly, whatever proxy the machine has for the world outside.
no_proxies() {
  unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
}

# node_name: what the cluster calls this machine; a user's own host may have a host name of its own.
node_name() {
  cat /etc/podnet/node-name
}
