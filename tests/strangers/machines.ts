/** Rows on whole machines, in the order in which they are run: what one leaves, the next one finds. */
import { boot, owner, type Root } from "./machine.ts";
import type { Outcome, Row } from "./row.ts";

export interface MachineRow extends Row {
  /** Who runs the command. @default the owner of the checkout, who is in the group docker */
  readonly user?: string;
  /** As if the user had been put in no group. */
  readonly withoutGroups?: true;
  /** What root does to the machine beforehand, and undoes afterwards. */
  readonly change?: { readonly make: string; readonly undo: string };
  /** What root looks at afterwards: it must end well. */
  readonly afterwards?: string;
}

export interface MachineRows {
  readonly root: Root;
  readonly rows: readonly MachineRow[];
}

const nothingMade = `test -z "$(docker ps --all --quiet)$(docker volume ls --quiet)$(docker network ls --quiet --filter driver=bridge --filter name=podnet)"`;
/** Three machines run, of this lab and no other. */
const threeRun = `test "$(docker ps --quiet --filter label=pod-networking-lab.checkout=/home/${owner}/lab | wc -l)" = 3`;

/** Moves programs away, as if they had never been installed. */
const lacking = (...files: readonly string[]): MachineRow["change"] => ({
  make: `for f in ${files.join(" ")}; do mv $f $f.away; done`,
  undo: `for f in ${files.join(" ")}; do mv $f.away $f; done`,
});

const withDocker = ["docker.io", "docker-cli", "docker-buildx", "iptables", "iproute2", "openssh-client", "git"];

const rows: readonly MachineRow[] = [
  {
    name: ["a user who may not write to the checkout", "用户对检出目录没有写权限"],
    user: "bob",
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^lab: bob may not write to \S+, where the lab keeps its state; make a clone of your own: git clone \S+$/,
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
    },
    afterwards: nothingMade,
  },
  {
    name: ["no docker", "没有 docker"],
    change: lacking("/usr/bin/docker"),
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^no container engine answers; run: sudo apt-get install docker\.io, add yourself to the group docker and log in again$/,
    },
  },
  {
    name: ["a home without write permission", "主目录没有写权限"],
    change: { make: "mkdir -p /var/empty", undo: "true" },
    command: "HOME=/var/empty ./lab up",
    ends: {
      kind: "refused",
      says: /^lab: ada may not write to \/var\/empty\/\.cache\/pod-networking-lab, where .*; set PODNET_CACHE to a folder of your own$/,
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
    seconds: 600,
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
    command: `mkdir -p ~/second && tar -C ~/lab --exclude=./.lab --exclude=./node_modules -cf - . | tar -C ~/second -xf - && cp -a ~/lab/node_modules/.podnet-lock.json ~/lab/package-lock.json ~/second/ && ln -sfn ~/lab/node_modules ~/second/node_modules && cd ~/second && ./lab up`,
    seconds: 180,
    ends: {
      kind: "refused",
      says: /the container "podnet-dev-k8s-master" is that of lab "dev" \(\S+\) of \/home\/ada\/lab; this is lab "dev" \(\S+\) of \/home\/ada\/second/,
    },
    afterwards: threeRun,
  },
  {
    name: ["the end of that lab", "销毁那个实验环境"],
    command: "./lab destroy --remove",
    seconds: 180,
    ends: { kind: "works", shows: /^Nothing is left of lab "dev"/m },
    afterwards: nothingMade,
  },
];

export const machineRows: readonly MachineRows[] = [
  { root: { title: ["Debian 13, amd64", "Debian 13，amd64"], suite: "trixie", packages: withDocker }, rows },
];

/** Boots the machine and runs its rows there, each told as soon as it has ended. */
export async function* runMachine({
  root,
  rows: all,
}: MachineRows): AsyncGenerator<Outcome & { readonly problem?: string }> {
  await using machine = await boot(root);
  for (const row of all) {
    const { user = owner, withoutGroups, change, command, seconds = 60, afterwards } = row;
    if (change !== undefined) await insist(machine.run, change.make);
    const begun = Date.now();
    const said = await machine.run(command, { user, groups: withoutGroups !== true, seconds });
    const milliseconds = Date.now() - begun;
    if (change !== undefined) await insist(machine.run, change.undo);
    const after = afterwards === undefined ? undefined : await machine.run(afterwards);
    const problem =
      after !== undefined && after.exitCode !== 0 ? `afterwards: ${afterwards} fails: ${after.all}` : undefined;
    yield { row, where: root.title, said, milliseconds, ...(problem !== undefined && { problem }) };
  }
}

async function insist(
  run: (line: string) => Promise<{ exitCode: number | undefined; all: string }>,
  line: string,
): Promise<void> {
  const { exitCode, all } = await run(line);
  if (exitCode !== 0) throw new Error(`${line} fails on the stranger's machine: ${all}`);
}
