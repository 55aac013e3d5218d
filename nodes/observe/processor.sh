# shellcheck shell=bash
# How long this machine has worked until now, and which kernel it has: a container's own control group counts what its programs do, and what the kernel does
# in their name; that of a machine with a kernel of its own counts everything.
# Parameters: none.

groups=/sys/fs/cgroup
if [[ -e $groups/cgroup.controllers ]]; then
  worked=$(sed -n 's/^usage_usec //p' "$groups/cpu.stat")
else
  # Control groups of the first version count nanoseconds.
  worked=$(($(<"$groups/cpuacct/cpuacct.usage") / 1000))
fi
printf '{"worked":%s,"at":%s,"boot":"%s","release":"%s","processors":%s}\n' \
  "$worked" "${EPOCHREALTIME/[.,]/}" "$(</proc/sys/kernel/random/boot_id)" "$(uname -r)" "$(nproc)"
