/** The rows on whole machines. */
import { owner } from "./machine.ts";
import type { MachineRow, MachineRows } from "./machines.ts";
import { releaseRows } from "./release-rows.ts";
import { debianDocker, elsewhere, lacking, nothingMade, theEnd, threeRun, trixie } from "./shared.ts";
import { ubuntuRows } from "./ubuntu-rows.ts";

const debian13: readonly MachineRow[] = [
  {
    name: ["a user who may not write to the checkout", "用户对仓库目录没有写权限"],
    user: "bob",
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^lab: bob may not write to \S+, where the lab keeps its state; make a clone of your own: git clone \S+$/,
      doctor: "the same sentence",
    },
    afterwards: nothingMade,
  },
  {
    name: ["a user who is not in the group docker", "用户不在 docker 组"],
    withoutGroups: true,
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^docker refuses this user; add the user to the group docker \(sudo usermod -aG docker \$USER\) and log in again$/,
      doctor: /^FAIL +container engine +docker refuses this user/,
    },
    afterwards: nothingMade,
  },
  {
    name: ["no OpenSSH client", "没有 OpenSSH 客户端"],
    change: lacking("/usr/bin/ssh-keygen"),
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^lab: openssh-client is missing; install it: sudo apt-get install openssh-client$/,
      doctor: /^FAIL +OpenSSH +missing: ssh-keygen/,
    },
    afterwards: nothingMade,
  },
  {
    name: ["no docker", "没有 docker"],
    change: lacking("/usr/bin/docker"),
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^no container engine answers; install one: sudo apt-get install docker\.io, add yourself to the group docker and log in again$/,
      doctor: /^FAIL +container engine +none/,
    },
  },
  {
    name: ["a home without write permission", "主目录没有写权限"],
    change: { make: "mkdir -p /var/empty", undo: "true" },
    command: "HOME=/var/empty ./lab up",
    ends: {
      kind: "refused",
      says: /^lab: ada may not write to \/var\/empty\/\.cache\/pod-networking-lab, where .*; set PODNET_CACHE to a folder of your own$/,
      doctor: /^FAIL +cache +ada may not write to \/var\/empty/,
    },
    afterwards: nothingMade,
  },
  {
    name: ["a user who is not root, and tests that only root may run", "用户不是 root，而测试只有 root 才能运行"],
    command: "./lab test live",
    ends: {
      kind: "refused",
      says: /^the tier live sets routes and kernel settings .*, which only root may; run it as root, or name the other tiers: \.\/lab test types lint shell unit components report behaviours$/,
      doctor: { none: "no lab wants what tests want" },
    },
    afterwards: nothingMade,
  },
  {
    name: ["the same, and a program that tests call is missing", "同上，且缺少测试要调用的一个程序"],
    command: "./lab test unit",
    ends: {
      kind: "refused",
      says: /^jq is missing; install it: sudo apt-get install jq$/,
      doctor: { none: "no lab wants what tests want" },
    },
    afterwards: nothingMade,
  },
  {
    name: ["docker's data on a small partition", "docker 的数据在一个小分区上"],
    change: { make: "mount -t tmpfs -o size=1g tmpfs /var/lib/docker", undo: "umount /var/lib/docker" },
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^docker keeps its data in \/var\/lib\/docker, where 1\.0 GiB are free and the machine images take 6\.0 GiB; free 5\.0 GiB, or give docker another data-root$/,
      doctor: /^FAIL +docker's data +1\.0 GiB free in \/var\/lib\/docker/,
    },
    afterwards: nothingMade,
  },
  {
    name: ["~/.docker/config.json is no JSON", "~/.docker/config.json 不是 JSON"],
    shown: "./lab doctor",
    command: "mkdir -p ~/.docker && echo '{' >~/.docker/config.json && ./lab doctor",
    ends: { kind: "works", shows: /^ok +container engine +docker 26\./m },
  },
  {
    name: [
      "docker.io 26 with BuildKit; a user in the group docker who is not root; no systemd, curl, npm or outside network; a credentials helper that is gone in ~/.docker/config.json; a docker that sees no hidden folder, as snap's",
      "带 BuildKit 的 docker.io 26；用户不是 root，在 docker 组；没有 systemd、curl、npm 和外部网络；~/.docker/config.json 中的凭据助手已不存在；docker 看不见隐藏目录，像 snap 的那样",
    ],
    change: {
      make: `mv /usr/bin/docker /usr/bin/docker.real && printf '%s\\n' '#!/bin/sh' 'for a; do case $a in */.[a-z]*) echo "open $a: permission denied" >&2; exit 1 ;; esac; done' 'exec docker.real "$@"' >/usr/bin/docker && chmod 755 /usr/bin/docker`,
      undo: "mv /usr/bin/docker.real /usr/bin/docker",
    },
    shown: "./lab up",
    command: `echo '{"credsStore":"gone"}' >~/.docker/config.json && ./lab up`,
    seconds: 1200,
    ends: { kind: "works", shows: /^Lab "dev" is up/m },
    afterwards: threeRun,
  },
  {
    name: ["the lab that came up there", "在那里建成的实验环境"],
    command: "./lab outputs --table",
    ends: { kind: "works", shows: /✓/ },
  },
  {
    name: [
      "a second clone beside the running lab, with the same stack name",
      "运行中的实验环境旁的第二个克隆，stack 同名",
    ],
    shown: "./lab up",
    command: `${elsewhere("~/second")} && ./lab up`,
    seconds: 300,
    ends: {
      kind: "refused",
      says: /the container "podnet-dev-k8s-master" is that of lab "dev" \(\S+\) of \/home\/ada\/lab; this is lab "dev" of \/home\/ada\/second/,
      doctor: /^FAIL +names +the container "podnet-dev-k8s-\w+" is that of lab "dev" \(\S+\) of \/home\/ada\/lab/,
    },
    afterwards: threeRun,
  },
  theEnd,
];

/** The user's own engine, beside that of root, which goes on. It has the machine's network: /dev/net/tun is not every user's here. */
const startRootless = [
  `install -d -o ${owner} -m 700 /tmp/${owner}`,
  `login="env HOME=/home/${owner} XDG_RUNTIME_DIR=/tmp/${owner} PATH=/usr/sbin:/usr/bin:/sbin:/bin DOCKERD_ROOTLESS_ROOTLESSKIT_NET=host DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER=none"`,
  `setsid setpriv --reuid ${owner} --regid ${owner} --clear-groups $login /usr/share/docker.io/contrib/dockerd-rootless.sh --storage-driver vfs --bridge none --iptables=false >/tmp/rootless.log 2>&1 </dev/null &`,
  `for _ in $(seq 300); do DOCKER_HOST=unix:///tmp/${owner}/docker.sock docker ps >/dev/null 2>&1 && exit; sleep 0.3; done; tail -20 /tmp/rootless.log; exit 1`,
].join("\n");

const podman: readonly MachineRow[] = [
  {
    name: ["docker is podman's (package podman-docker)", "docker 是 podman 的（软件包 podman-docker）"],
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /platform "local" needs Docker's own engine, and "docker" is podman here; install docker\.io, or point DOCKER_HOST to a Docker engine$/,
      doctor: /^FAIL +container engine +docker, but not one for this/,
    },
  },
];

const rootless: readonly MachineRow[] = [
  {
    name: ["docker's rootless engine", "docker 的 rootless 引擎"],
    change: { make: startRootless, undo: "true" },
    shown: "./lab up",
    command: "export DOCKER_HOST=unix:///tmp/ada/docker.sock; ./lab up",
    ends: {
      kind: "refused",
      says: /^platform "local" needs an engine that runs as root: machines mount file systems and write kernel settings; point DOCKER_HOST to one$/,
      doctor: /^FAIL +container engine +docker, rootless/,
    },
  },
];

export const machineRows: readonly MachineRows[] = [
  { root: trixie(debianDocker), rows: debian13 },
  { root: trixie(["podman", "podman-docker", "iproute2", "openssh-client"]), rows: podman },
  { root: trixie([...debianDocker, "rootlesskit", "uidmap"]), rows: rootless },
  ...releaseRows,
  ...ubuntuRows,
];
