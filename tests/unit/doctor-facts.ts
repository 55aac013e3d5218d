import type { Facts } from "../../cli/doctor/facts.ts";

export const GiB = 2 ** 30;

/** A machine that has everything, as ./lab doctor finds it. */
export const good: Facts = {
  platform: "local",
  root: true,
  diskFree: 60 * GiB,
  cacheDir: "/cache",
  memoryTotal: 24 * GiB,
  cores: 2,
  engine: { state: "answers", version: "20.10.24", rootless: false },
  canInstall: true,
  apt: true,
  kernel: { vxlan: "built in", bridge: "loaded", br_netfilter: "works", overlay: "loadable" },
  cgroup: "v2",
  inotify: { watches: 524288, instances: 512 },
  ranges: { machineCidr: "172.28.56.0/24", podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" },
  routes: [{ destination: "192.168.1.0/24", device: "eth0" }],
  portBase: 32210,
  busyPorts: [],
  node: "v24.21.0",
  pulumi: undefined,
  pulumiSeconds: 0,
  bundleSeconds: 0,
  bundleWay: "source",
  image: "pod-networking-lab/node:1",
  surroundings: {
    configProblems: [],
    windowsFiles: [],
    nodeProblem: undefined,
    missing: [],
    awsPackages: false,
    virtualisation: "kvm",
    docker: { snap: false, buildx: true, host: undefined, config: undefined },
    stateElsewhere: undefined,
    otherPassphrase: undefined,
  },
  stack: { name: "dev", resources: 40, pending: 0 },
};
