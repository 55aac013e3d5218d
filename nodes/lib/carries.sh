# shellcheck shell=bash
# Which of flannel's backends this machine's kernel can carry: found out by trying, since what they need may be built in, or a module that comes when it is
# asked for.
# Parameters: none.

# A container has no node for the tun device, and makes one.
make_tun='[[ -c /dev/net/tun ]] || { mkdir -p /dev/net && mknod -m 0666 /dev/net/tun c 10 200; }'

# elsewhere BACKEND: behind the remedy that is always there, where such a kernel can be had; nothing where every machine of the lab's is the same.
elsewhere() {
  case $1 in
    ipip | wireguard) printf '%s' "; or take machines that have Debian's kernel, such as those of platform vm" ;;
  esac
}

# try_device KIND [OPTION...]: makes a device of that kind where nobody sees it, in a network namespace that ends with the program; the options are unshare's.
# Asked for it, the kernel loads its module by itself.
try_device() {
  local kind=$1 own=()
  shift
  # One without an address of its own is there already: the module makes it in every namespace, and calls it tunl0.
  if [[ $kind == ipip ]]; then
    own=(local 192.0.2.1)
  fi
  unshare "$@" --net ip link add podnet-try type "$kind" "${own[@]}"
}

# carries BACKEND: fails where it cannot be, and prints why.
carries() {
  case $1 in
    # flanneld itself carries packets, and reads them from a tun device.
    udp)
      modprobe --quiet tun || true
      bash -c "$make_tun" && (exec 3<>/dev/net/tun)
      ;;
    wireguard | ipip)
      try_device "$1"
      ;;
  esac
}
