/** The rows on this machine. Pulumi and its plugins are those that stand here: by source, its language host is a stand-in. */
import type { HereRow } from "./here.ts";

/** As the README has it, but for the login, and that nothing is made. */
const plain = "export PULUMI_CONFIG_PASSPHRASE=; pulumi stack init dev && pulumi preview";

/** Of each release line an old and a new one, around what the rule in package.json says. */
const nodes: readonly (readonly [version: string, taken: boolean, short?: true])[] = [
  ["18.20.8", false],
  ["20.19.4", false],
  ["22.17.1", false, true],
  ["22.18.0", true, true],
  ["23.11.1", false],
  ["24.0.0", false],
  ["24.2.0", true],
  ["26.12.1", true],
];

const fetched = "24.21.0";

const nodeRows = nodes.flatMap(([node, taken, short]): HereRow[] => [
  {
    name: taken
      ? [`Node.js ${node}`, `Node.js ${node}`]
      : [
          `Node.js ${node}, which the lab does not take: it runs on the one that it has fetched`,
          `本项目不接受的 Node.js ${node}：用它自己获取的那个运行`,
        ],
    node,
    ...(short && { short }),
    command: "./lab doctor",
    // What this machine has besides is no matter of its Node.js.
    ends: {
      kind: "works",
      shows: new RegExp(`^ok +Node\\.js +v${(taken ? node : fetched).replaceAll(".", "\\.")}$`, "m"),
    },
  },
  {
    name: [`Node.js ${node}, plain pulumi`, `Node.js ${node}，直接使用 pulumi`],
    node,
    pulumi: true,
    // A whole preview takes too long for every test.
    ...(short && !taken && { short }),
    command: plain,
    shown: "pulumi preview",
    seconds: 300,
    ends: taken
      ? { kind: "works", shows: /^ +\+ \d+ to create$/m }
      : {
          kind: "refused",
          says: new RegExp(
            `^ *(error: )?Node\\.js ${node} does not run this project .*install Node\\.js 24 LTS, or start it with \\./lab`,
          ),
          doctor: { none: "doctor runs on the Node.js that ./lab has fetched then" },
        },
  },
]);

/** A lab of another clone, under the default stack's names. */
const another = ["k8s-master", "k8s-worker1", "k8s-worker2"]
  .map((node) => `container|podnet-dev-${node}|dev-00000002|dev|/home/other/lab|running `)
  .concat("network|podnet-dev|dev-00000002|dev|/home/other/lab|172.28.56.0/24 podnet-dev-k8s-master");

export const hereRows: readonly HereRow[] = [
  ...nodeRows,
  {
    name: ["no curl, and no apt-get to install it with", "没有 curl，也没有可以用来安装它的 apt-get"],
    short: true,
    without: ["curl", "apt-get"],
    firstTime: true,
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /curl is missing, and without apt-get the lab cannot install it; Debian's name for it: curl$/,
      doctor: /^FAIL +curl +missing/,
    },
  },
  {
    name: [
      "no OpenSSH client, and no apt-get to install it with",
      "没有 OpenSSH 客户端，也没有可以用来安装它的 apt-get",
    ],
    short: true,
    without: ["ssh-keygen", "apt-get"],
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /openssh-client is missing, and without apt-get the lab cannot install it; Debian's name for it: openssh-client$/,
      doctor: /^FAIL +OpenSSH +missing: ssh-keygen/,
    },
  },
  {
    name: ["no apt, no dpkg and no docker, as on Fedora", "没有 apt、dpkg 和 docker，像 Fedora"],
    short: true,
    without: ["apt", "apt-get", "apt-cache", "dpkg", "dpkg-query", "docker", "dockerd"],
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /a container engine is missing, and without apt-get the lab cannot install it; Debian's name for it: docker\.io iptables$/,
      doctor: /^FAIL +container engine +none/,
    },
  },
  {
    name: ["no systemd-detect-virt", "没有 systemd-detect-virt"],
    short: true,
    without: ["systemd-detect-virt"],
    command: "./lab doctor",
    ends: { kind: "works", shows: /^ok +Node\.js/m },
  },
  {
    name: ["busybox's programs first on PATH", "PATH 中最先找到的是 busybox 的程序"],
    short: true,
    busybox: true,
    command: "./lab doctor",
    ends: { kind: "works", shows: /^ok +npm packages/m },
  },
  {
    name: ["a clone made with core.autocrlf=true", "以 core.autocrlf=true 克隆"],
    checkout: "cloned with core.autocrlf",
    command: "./lab doctor",
    ends: { kind: "works", shows: /^ok +npm packages/m },
  },
  {
    name: ["a zip download, made where core.autocrlf=true", "在 core.autocrlf=true 处制作的 zip 下载包"],
    checkout: "from a zip",
    command: "./lab doctor",
    ends: { kind: "works", shows: /^ok +npm packages/m },
  },
  ...["./lab up", "bash lab up"].map((command): HereRow => ({
    name: ["a checkout with CRLF, copied from Windows", "从 Windows 复制来的、带 CRLF 的仓库目录"],
    short: true,
    checkout: "with CRLF",
    command,
    ends: {
      kind: "refused",
      says: /^lab: this checkout has Windows line ends \(CRLF\), .*git clone -c core\.autocrlf=input$/,
      doctor: "the same sentence",
    },
  })),
  {
    name: ["DOCKER_HOST names a TCP port that nothing listens on", "DOCKER_HOST 指向没有程序监听的 TCP 端口"],
    short: true,
    env: { DOCKER_HOST: "tcp://127.0.0.1:1" },
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^DOCKER_HOST "tcp:\/\/127\.0\.0\.1:1" does not answer; start that engine, or unset DOCKER_HOST to let the lab start one$/,
      doctor: /^FAIL +container engine +DOCKER_HOST tcp:\/\/127\.0\.0\.1:1 does not answer/,
    },
  },
  {
    name: ["DOCKER_HOST names an engine elsewhere, through SSH", "DOCKER_HOST 经 SSH 指向别处的引擎"],
    short: true,
    env: { DOCKER_HOST: "ssh://me@192.0.2.1" },
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^DOCKER_HOST ssh:\/\/me@192\.0\.2\.1 is on another machine.*run the lab there, or unset DOCKER_HOST$/,
      doctor: /^FAIL +container engine +docker, but not one for this/,
    },
  },
  {
    name: ["another clone's lab has the names that this one needs", "另一个克隆的实验环境占用了本实验需要的名字"],
    short: true,
    engine: another,
    // It is said before anything is fetched or built.
    firstTime: true,
    command: "./lab up",
    seconds: 120,
    ends: {
      kind: "refused",
      says: /the container "podnet-dev-k8s-master" is that of lab "dev" \(dev-00000002\) of \/home\/other\/lab; this is lab "dev"/,
      doctor:
        /^FAIL +names +the container "podnet-dev-k8s-master" is that of lab "dev" \(dev-00000002\) of \/home\/other\/lab/,
    },
  },
  {
    name: ["the same, with busybox's programs first on PATH", "同上，且 PATH 中最先找到的是 busybox 的程序"],
    engine: another,
    busybox: true,
    command: "./lab up",
    seconds: 120,
    ends: {
      kind: "refused",
      says: /the container "podnet-dev-k8s-master" is that of lab "dev" \(dev-00000002\) of \/home\/other\/lab; this is lab "dev"/,
      doctor:
        /^FAIL +names +the container "podnet-dev-k8s-master" is that of lab "dev" \(dev-00000002\) of \/home\/other\/lab/,
    },
  },
];
