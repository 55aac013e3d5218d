# shellcheck shell=bash
# What scripts on a node use: how patient to be with this machine, waiting, and the node's name.
# Parameters: none.

# An emulated processor (QEMU without KVM) is 20 to 40 times slower, and what it takes longer for is not broken.
# Where the program is missing, nobody knows, and the machine is taken for a fast one.
virtualisation=unknown
if command -v systemd-detect-virt >/dev/null; then
  virtualisation=$(systemd-detect-virt --vm || [[ $? == 1 ]]) # 1 is for "none"
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

# wait_for DESCRIPTION SECONDS COMMAND...: until the command succeeds; at the deadline it fails with the command's last words.
wait_for() {
  local description=$1 seconds pause=0.2 end last
  seconds=$(patient "$2")
  end=$((SECONDS + seconds))
  # Each look may start a program, which would take away what is waited for.
  if emulated; then pause=3; fi
  shift 2
  until last=$("$@" 2>&1); do
    if ((SECONDS >= end)); then
      say "waited $seconds s for $description, in vain: $*"
      say "$last"
      return 1
    fi
    sleep "$pause"
  done
}

# node_name: what the cluster calls this machine; a host of the user's own may have another name besides.
node_name() {
  cat /etc/podnet/node-name
}
