# shellcheck shell=bash
# What init and join share: the kubelet's configuration on this kind of machine, and the way back from a half-done attempt.
# Parameters: NODE_NAME, NODE_ADDRESS, NODE_ADDRESS6 (may be absent).

# A container machine has the host's kernel and no say over it.
in_container() {
  systemd-detect-virt --quiet --container
}

# One attempt at a time: a command of an update that was killed may still be running here.
lock_kubeadm() {
  exec 9>/run/lock/podnet-kubeadm
  if ! flock --nonblock 9; then
    say "waiting for another kubeadm on this machine to end"
    flock --timeout "$(patient 900)" 9
  fi
}

# node_registration: the part of an InitConfiguration or JoinConfiguration that describes this machine.
node_registration() {
  printf '%s\n' "nodeRegistration:" "  name: $NODE_NAME" \
    "  criSocket: unix:///run/containerd/containerd.sock" "  imagePullPolicy: IfNotPresent" \
    "  kubeletExtraArgs:" "  - name: node-ip" "    value: $NODE_ADDRESS${NODE_ADDRESS6:+,$NODE_ADDRESS6}"
  if in_container; then
    # SystemVerification wants the kernel's config file and modules, which a container has not.
    printf '%s\n' "  ignorePreflightErrors: [SystemVerification]"
  fi
}

# skipped [PHASE]: the option of kubeadm's that leaves out this phase, and on a container machine of the lab's also its look at the machine: all are of
# one image, the kernel is the host's, and what it finds is what no container has, in sixty lines. Not in the configuration: a phase that is run
# by itself would mind it there.
skipped() {
  local phases=$*
  if [[ -e /usr/local/sbin/podnet-entrypoint ]]; then
    phases+=${phases:+,}preflight
  fi
  echo "--skip-phases=$phases"
}

# timeouts: kubeadm's own, for an InitConfiguration or JoinConfiguration; the API server's startup probe is made from them as well.
timeouts() {
  if emulated; then
    printf '%s\n' "timeouts:" "  controlPlaneComponentHealthCheck: 40m0s" "  kubeletHealthCheck: 40m0s" "  kubernetesAPICall: 40m0s" \
      "  etcdAPICall: 40m0s" "  tlsBootstrap: 40m0s" "  discovery: 40m0s"
  fi
}

# kubelet_configuration: sent once, to the control plane; kubeadm hands it to every node through a ConfigMap.
kubelet_configuration() {
  printf '%s\n' "---" "apiVersion: kubelet.config.k8s.io/v1beta1" "kind: KubeletConfiguration" "cgroupDriver: systemd" \
    "failSwapOn: false" "resolvConf: /etc/podnet/resolv.conf"
  if in_container; then
    # The disk is the host's: a lab must not start evicting because the host is three quarters full.
    printf '%s\n' "featureGates:" "  KubeletInUserNamespace: true" "evictionHard:" "  imagefs.available: 0%" \
      "  nodefs.available: 0%" "  nodefs.inodesFree: 0%" "imageGCHighThresholdPercent: 100"
  fi
  if emulated; then
    # To start a container may take minutes; to give up would only start another one.
    printf '%s\n' "runtimeRequestTimeout: 20m0s" "nodeLeaseDurationSeconds: 240"
  fi
  if [[ ! -e /sys/fs/cgroup/cgroup.controllers ]]; then
    printf '%s\n' "failCgroupV1: false"
  fi
}

# What a failed or interrupted attempt left would make the next one fail its preflight.
reset_node() {
  local link
  say "clearing what an earlier attempt left"
  kubeadm reset --force --cri-socket unix:///run/containerd/containerd.sock >&2
  # flannel's answer of then, and the bridge with the address of then: the first pods would take both for the new cluster's.
  rm -rf /etc/cni/net.d/* /run/flannel /var/lib/cni "$HOME/.kube/config"
  for link in /sys/class/net/cni0 /sys/class/net/flannel*; do
    ip link delete "${link##*/}" 2>/dev/null || [[ ! -e $link ]]
  done
  systemctl daemon-reload
}

# The hash of the cluster CA's public key, as kubeadm wants it for discovery.
ca_hash() {
  openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | sha256sum |
    sed 's/^\([0-9a-f]*\).*/sha256:\1/'
}

# detached NAME COMMAND...: runs a command that lives on when the SSH connection does not (a killed update must not leave half an
# init), in a session of its own that holds the lock, and shows its log meanwhile. Its exit status is the command's.
detached() {
  local log=/var/log/podnet-$1.log size
  shift
  : >>"$log"
  size=$(stat --format=%s "$log")
  setsid "$@" </dev/null >>"$log" 2>&1 &
  local command=$!
  tail --follow --bytes=+$((size + 1)) --sleep-interval=0.1 --pid="$command" "$log" >&2
  wait "$command"
}
