import { readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, BuildContext } from "../artifact.ts";
import { dropBallast, extractPackages } from "../debian.ts";
import { makeLayer } from "../image.ts";
import { type Arch, versions } from "../versions.ts";

/** The same rules engine as on the machine itself, or each would see half of the rules: Debian's default, nft. */
const engine = "xtables-nft-multi";

/** A layer of tools from Debian packages, `layer.tar`: no system, only the programs and the libraries they load. */
function toolLayer(
  name: string,
  arch: Arch,
  packages: readonly string[],
  finish: (dir: string) => Promise<void>,
): Artifact {
  return {
    name,
    arch,
    about: 10,
    inputs: { packages, debian: versions.debian, text: readFileSync(import.meta.filename, "utf8") },
    needs: [],
    async build(context: BuildContext) {
      const dir = join(context.scratch, "root");
      await extractPackages(context, arch, packages, dir);
      await dropBallast(dir);
      await finish(dir);
      await makeLayer(context, dir, join(context.out, "layer.tar"));
    },
  };
}

/** Below kube-proxy and flannel: iptables and nft for the rules, conntrack, and a shell for whoever looks inside. */
export function networkTools(arch: Arch): Artifact {
  return toolLayer("network-tools", arch, ["iptables", "nftables", "conntrack", "busybox-static"], async (dir) => {
    await linkIptables(dir);
    await linkBusybox(dir, ["sh", "cp", "cat", "ls", "ps", "sleep"]);
  });
}

/**
 * net-box: a box of networking tools to run as a pod and look around from. What the course's image is made of (github.com/oh-my-docker/net-box: Alpine's busybox,
 * curl, and perl, which its snmptt needs) as far as the lab runs it, and nothing beside: what runs in it here runs in the one that is pulled. That has no bash
 * and no socat.
 */
export function netBoxTools(arch: Arch): Artifact {
  return toolLayer("net-box-tools", arch, ["busybox-static", "curl", "perl-base"], async (dir) => {
    await linkBusybox(dir, busyboxTools);
    await users(dir);
  });
}

const busyboxTools = (
  "sh [ arp arping awk base64 basename cat chmod clear cp cut date dd df diff dirname du echo env expr false find free grep gunzip gzip " +
  "head hexdump hostname httpd id ifconfig ip kill killall ln ls md5sum mkdir mkfifo mknod mktemp more mv nc netstat nslookup pidof ping " +
  "ping6 printf ps pwd readlink realpath rev rm rmdir route sed seq sha256sum sleep sort stat stty sync tail tar tee telnet test time " +
  "timeout top touch tr traceroute traceroute6 true tty uname uniq uptime vi watch wc wget which whoami xargs yes"
).split(" ");

/** Links what dpkg's scripts would have: a program already there wins over busybox. */
async function linkBusybox(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) await link(dir, `usr/bin/${name}`, "/usr/bin/busybox");
}

async function linkIptables(dir: string): Promise<void> {
  for (const name of ["iptables", "ip6tables"]) {
    for (const verb of ["", "-save", "-restore"]) await link(dir, `usr/sbin/${name}${verb}`, engine);
  }
}

/** getpwuid and friends want these; no package in an extracted tree brings them. */
async function users(dir: string): Promise<void> {
  await mkdir(join(dir, "root"), { recursive: true });
  await writeFile(
    join(dir, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n",
  );
  await writeFile(join(dir, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
}

async function link(dir: string, path: string, target: string): Promise<void> {
  await symlink(target, join(dir, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
