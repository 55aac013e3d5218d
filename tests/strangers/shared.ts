/** What the rows on whole machines have in common. */
import { owner } from "./machine.ts";
import type { MachineRow } from "./machines.ts";
import type { Root } from "./root.ts";
import type { Words } from "./row.ts";

export const nothingMade = `test -z "$(docker ps --all --quiet)$(docker volume ls --quiet)$(docker network ls --quiet --filter driver=bridge --filter name=podnet)"`;
/** Three machines run, of this lab and no other. */
export const threeRun = `test "$(docker ps --quiet --filter label=pod-networking-lab.checkout=/home/${owner}/lab | wc -l)" = 3`;

/** Moves programs away, as if they had never been installed. */
export const lacking = (...files: readonly string[]): MachineRow["change"] => ({
  make: `for f in ${files.join(" ")}; do mv $f $f.away; done`,
  undo: `for f in ${files.join(" ")}; do mv $f.away $f; done`,
});

/** Another checkout than that in ~/lab, where the commands that follow are then run. */
export const elsewhere = (folder: string): string =>
  `mkdir -p ${folder} && tar -C ~/lab --exclude=./.lab --exclude=./node_modules -cf - . | tar -C ${folder} -xf - && ln -sfn ~/lab/node_modules ${folder}/node_modules && cd ${folder}`;

export const forAll = ["iptables", "iproute2", "openssh-client", "git"];
export const debianDocker = ["docker.io", "docker-cli", "docker-buildx", ...forAll];

/** The end of what came up in the rows before. */
export const theEnd: MachineRow = {
  name: ["the end of that lab", "销毁那个实验环境"],
  command: "./lab destroy --remove",
  seconds: 300,
  ends: { kind: "works", shows: /^Nothing is left of lab "dev"/m },
  afterwards: nothingMade,
};

/** The smallest Debian 13 with those packages. */
export const trixie = (packages: readonly string[], title: Words = plain): Root => ({
  title,
  suite: "trixie",
  packages,
});
const plain: Words = ["Debian 13, amd64", "Debian 13，amd64"];
