# shellcheck shell=bash
# Looks at a machine that is to become a node, changes nothing, and prints what there is: a line "KEY VALUE" for each fact.
# A plain machine has neither jq nor ss: bash, coreutils and awk must do. platforms/hosts/judge.ts judges it.
# Parameters: BRINGS (paths of the files that the lab would place, besides those that footprint.sh knows), PEERS (ADDRESS:PORT of the other hosts' sshd), both
#   separated by blanks; BESIDE (the IPv4 address beside which the lab needs an IPv6 one; absent: it needs none).

fact() {
  printf '%s %s\n' "$1" "$2"
}

# What a login prints before this, such as a greeting in .bashrc, would be taken for results later on.
fact preflight begins
fact os "$(. /etc/os-release && echo "${ID:-?} ${VERSION_ID:-?}")"
fact machine "$(uname -m)"
fact machine-id "$(cat /etc/machine-id 2>/dev/null)"
fact hostname "$(hostname)"
fact clock "$(date +%s)"
fact cpus "$(nproc)"
fact memory-mb "$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)"
# A mount whose server is gone lets df hang.
if free=$(timeout --signal=KILL 10 df --output=avail --block-size=1M /var/lib | tail -n 1 | tr -d ' '); then
  fact disk-mb "$free"
fi
fact init "$(cat /proc/1/comm)"
if [[ -r /var/lib/podnet/owner ]]; then
  fact owner "$(</var/lib/podnet/owner)"
fi
if command -v apt-get >/dev/null; then
  fact tool apt-get
fi

# What else would run containers or a node here.
for program in kubelet kubeadm k3s rke2 microk8s k0s crio dockerd containerd podman cri-dockerd; do
  if path=$(command -v "$program"); then
    fact program "$path"
  fi
done
for path in $BRINGS $(written_paths); do
  if [[ -e $path || -L $path ]]; then
    fact path "$path"
  fi
done
for folder in $(node_folders); do
  if [[ -n $(ls -A "$folder" 2>/dev/null) ]]; then
    fact path "$folder"
  fi
done
for link in /sys/class/net/cni0 /sys/class/net/flannel*; do
  if [[ -e $link ]]; then
    fact link "${link##*/}"
  fi
done
if command -v iptables-save >/dev/null; then
  # Read to its end: `head` would close the pipe on a host that has hundreds of them, and iptables-save would fail.
  iptables-save 2>/dev/null | awk '/^:(KUBE|CNI|FLANNEL|PODNET)-/ && ++seen <= 3 { print "chain " substr($1, 2) }'
fi

# Ports that something listens on: local address and port in hexadecimal, state 0A (TCP) or any (UDP).
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { split($2, part, ":"); print part[2] }' | sort -u |
  while read -r port; do
    fact tcp "$((16#$port))"
  done
cat /proc/net/udp /proc/net/udp6 2>/dev/null | awk 'NR > 1 && $2 ~ /:/ { split($2, part, ":"); print part[2] }' | sort -u |
  while read -r port; do
    fact udp "$((16#$port))"
  done

# Addresses and routes without iproute2: local addresses stand in the trie as /32 host LOCAL; routes are little-endian.
awk '/32 host LOCAL/ { print "address " last } { last = $2 }' /proc/net/fib_trie | sort -u
awk 'NR > 1 { print $1, $2, $8 }' /proc/net/route | while read -r device destination mask; do
  number=$((16#$mask)) bits=0
  while ((number)); do
    ((bits += number & 1, number >>= 1)) || true # an arithmetic command fails when it comes to 0
  done
  fact route "$((16#${destination:6:2})).$((16#${destination:4:2})).$((16#${destination:2:2})).$((16#${destination:0:2}))/$bits $device"
done

if [[ -n ${BESIDE:-} ]]; then
  if [[ -e /proc/net/if_inet6 ]]; then
    fact kernel6 has
  fi
  device=$(device_towards "$BESIDE")
  fact device "$device"
  for address in $(addresses6_of "$device"); do
    fact address6 "$address"
  done
fi

# The last two some of flannel's backends need.
for module in $(kernel_modules) ipip wireguard; do
  if [[ -d /sys/module/$module ]] || [[ $module == br_netfilter && -e /proc/sys/net/bridge ]] ||
    grep -qs "/$module\.ko" "/lib/modules/$(uname -r)/modules.builtin" "/lib/modules/$(uname -r)/modules.dep"; then
    fact module "$module"
  fi
done
if [[ -e /proc/filesystems ]] && grep -qw overlay /proc/filesystems; then
  fact module overlay
fi

# A refusal is an answer too: what counts is whether packets get there and back.
for peer in $PEERS; do
  (
    said=$(timeout 5 bash -c "exec 3<>/dev/tcp/${peer/://}" 2>&1) && exit
    case $said in
      *refused*) ;;
      *) fact unreachable "$peer" ;;
    esac
  ) &
done
wait
