/** The rows on Ubuntu, each with the docker of its archive. */
import type { MachineRow, MachineRows } from "./machines.ts";
import type { Root } from "./root.ts";
import { elsewhere, forAll, nothingMade, theEnd, threeRun } from "./shared.ts";

/** A home and a checkout of an awkward kind; the cache is the one in the other home. */
const awkward = [
  `export LANG=tr_TR.UTF-8 https_proxy=http://proxy.invalid:3128 http_proxy=http://proxy.invalid:3128; umask 077`,
  `home="$HOME/ev dizini ğİ"; mkdir -p "$home/.cache"; ln -sfn ~/.cache/pod-networking-lab "$home/.cache/"`,
].join("; ");
const awkwardly = (verb: string): string => `${awkward}; cd "$home/ağ, 'pod' & $5" && HOME=$home && ./lab ${verb}`;

const ubuntu24: readonly MachineRow[] = [
  {
    name: [
      "the same as Turkish speakers may have it: LANG=tr_TR.UTF-8, a home and a checkout with spaces, quotes and letters beyond ASCII; umask 077; a proxy in the environment that is not there",
      "如土耳其语用户：LANG=tr_TR.UTF-8，主目录和仓库目录的路径带空格、引号和非 ASCII 字母；umask 077；环境中的代理不存在",
    ],
    change: { make: "localedef -i tr_TR -f UTF-8 tr_TR.UTF-8", undo: "true" },
    shown: "./lab up",
    command: `${awkward}; folder="$home/ağ, 'pod' & $5"; ${elsewhere('"$folder"')} && HOME=$home && ./lab up`,
    seconds: 1200,
    ends: { kind: "works", shows: /^Lab "dev" is up/m },
    afterwards: `test "$(docker ps --quiet --filter label=pod-networking-lab.stack=dev | wc -l)" = 3`,
  },
  {
    name: ["the lab that came up there", "在那里建成的实验环境"],
    shown: "./lab outputs --table",
    command: awkwardly("outputs --table"),
    ends: { kind: "works", shows: /✓/ },
  },
  {
    name: ["the end of that lab", "销毁那个实验环境"],
    shown: "./lab destroy --remove",
    command: awkwardly("destroy --remove"),
    seconds: 300,
    ends: { kind: "works", shows: /^Nothing is left of lab "dev"/m },
    afterwards: nothingMade,
  },
];

const ubuntu22: readonly MachineRow[] = [
  {
    name: [
      "docker.io as it is there; the only resolver is on IPv6's loopback",
      "其自带的 docker.io；唯一的域名服务器在 IPv6 回环地址上",
    ],
    change: { make: "echo 'nameserver ::1' >/etc/resolv.conf", undo: "true" },
    command: "./lab up",
    seconds: 1200,
    ends: { kind: "works", shows: /^Lab "dev" is up/m },
    afterwards: threeRun,
  },
  theEnd,
];

/** Node.js wants the C++ library, which nothing else there brings. */
const ubuntu = (suite: string, version: string): Root => ({
  title: [`Ubuntu ${version}, amd64`, `Ubuntu ${version}，amd64`],
  suite,
  distribution: "Ubuntu",
  packages: ["docker.io", "docker-buildx", ...forAll, "locales", "libstdc++6"],
});

export const ubuntuRows: readonly MachineRows[] = [
  { root: ubuntu("noble", "24.04"), rows: ubuntu24 },
  { root: ubuntu("jammy", "22.04"), rows: ubuntu22 },
];
