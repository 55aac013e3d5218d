# shellcheck shell=bash
# Makes this node ready for what enforces network policies: the kernel's sets of addresses, and its look at what a bridge passes on.
# Parameters: none.

for module in $(enforcer_modules); do
  # As with kubeadm's: a container machine cannot load modules, and need not where the host has them.
  if [[ ! -d /sys/module/$module ]] && ! modprobe --quiet "$module"; then
    say "cannot load module $module; fine if it is built into the kernel"
  fi
done
