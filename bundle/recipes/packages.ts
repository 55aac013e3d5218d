/** What a machine is born with: an init, SSH, what kubeadm, the kubelet and kube-proxy call, and what the scripts on it call. */
export const born = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "libpam-systemd",
  "openssh-server",
  "apt",
  "ca-certificates",
  "iproute2",
  "iptables",
  "nftables",
  "conntrack",
  "ethtool",
  "socat",
  "curl",
  "busybox",
  "iputils-ping",
  "jq",
  "kmod",
  "procps",
  "sudo",
  "util-linux",
];

/** What the course installs by hand, and so does the lab; kept beside for machines that reach no mirror. */
export const installedLater = ["bridge-utils", "net-tools", "tcpdump"];

/** What `./lab compare` measures with, and installs when it runs for the first time; kept beside likewise. */
export const forComparing = ["iperf3"];

/** What shows WireGuard's peers; installed where the config key `backend` asks for that, and kept beside likewise. */
export const forWireguard = ["wireguard-tools"];

/** For mmdebstrap: no manuals, no translations; what licences ask for stays. */
export const withoutDocumentation = [
  "--dpkgopt=path-exclude=/usr/share/man/*",
  "--dpkgopt=path-exclude=/usr/share/locale/*",
  "--dpkgopt=path-exclude=/usr/share/doc/*",
  "--dpkgopt=path-include=/usr/share/doc/*/copyright",
];
