/** Plain Debian machines with sshd and nothing else, as someone else would hand them over: containers, made without anything of the lab's. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versions } from "../../bundle/versions.ts";
import { run } from "./lab.ts";
import { ensurePlainImage, inNetworkOf, labelsOf, machineFlags, prepareKernel } from "./plain.ts";

export interface Stranger {
  /** What the machine calls itself. */
  readonly hostname: string;
  readonly address: string;
  /** @default its network has IPv4 alone */
  readonly address6?: string;
  readonly user: string;
  readonly privateKeyFile: string;
}

export interface Strangers {
  readonly machines: readonly Stranger[];
  readonly knownHosts: string;
  /** Standard output of a command line on one of them, past SSH. */
  readonly inside: (stranger: Stranger, command: string) => string;
  /** Output of a program of this machine in the network namespace of one of them: it may have no such program. */
  readonly network: (stranger: Stranger, ...command: string[]) => string;
  readonly remove: () => void;
}

/** Boots one machine for each user; the last part of their addresses counts up from 10, and of those by IPv6. The last one may have another Debian. */
export async function invite(
  stack: string,
  network: string,
  users: readonly string[],
  suiteOfLast: string = versions.debian,
  network6?: string,
): Promise<Strangers> {
  const image = await ensurePlainImage("plain-debian");
  const imageOfLast = await ensurePlainImage("plain-debian", [], suiteOfLast);
  prepareKernel();
  const labels = labelsOf(stack);
  const filters = labels.map((label) => label.replace("--label=", "--filter=label="));
  const folder = mkdtempSync(join(tmpdir(), `podnet-test-${stack}-`));
  const name = (hostname: string): string => `podnet-${stack}-${hostname}`;
  const remove = (): void => {
    const left = run("docker", "ps", "--all", "--quiet", ...filters)
      .split("\n")
      .filter(Boolean);
    if (left.length > 0) run("docker", "rm", "--force", "--volumes", ...left);
    if (run("docker", "network", "ls", "--quiet", ...filters) !== "") run("docker", "network", "rm", `podnet-${stack}`);
    rmSync(folder, { recursive: true, force: true });
  };
  remove();
  mkdirSync(folder, { recursive: true });
  // Docker's own resolver, 127.0.0.11, is no machine's: these ask whom this machine asks.
  writeFileSync(join(folder, "resolv.conf"), readFileSync("/etc/resolv.conf", "utf8"));
  const second = network6 === undefined ? [] : ["--ipv6", "--subnet", network6];
  run("docker", "network", "create", "--subnet", network, ...second, ...labels, `podnet-${stack}`);
  const machines = users.map((user, index): Stranger => {
    const hostname = `stranger${index + 1}`;
    const key = join(folder, `key-of-${user}`);
    if (users.indexOf(user) === index) run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key);
    const address = network.replace(/0\/\d+$/, String(10 + index));
    const address6 = network6?.replace(/\/\d+$/, String(10 + index));
    run(
      "docker",
      "run",
      "--detach",
      ...machineFlags,
      "--name",
      name(hostname),
      "--hostname",
      hostname,
      ...labels,
      "--network",
      `podnet-${stack}`,
      "--ip",
      address,
      ...(address6 === undefined ? [] : ["--ip6", address6]),
      "--volume",
      `${join(folder, "resolv.conf")}:/etc/resolv.conf:ro`,
      index === users.length - 1 ? imageOfLast : image,
    );
    return { hostname, address, ...(address6 !== undefined && { address6 }), user, privateKeyFile: key };
  });
  const inside = ({ hostname }: Stranger, command: string): string =>
    run("docker", "exec", name(hostname), "bash", "-c", command);
  const knownHosts = join(folder, "known_hosts");
  for (const stranger of machines) {
    const { user, privateKeyFile } = stranger;
    const home = user === "root" ? "/root" : `/home/${user}`;
    inside(
      stranger,
      [
        "set -e",
        "until systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.2; done",
        ...(user === "root"
          ? []
          : [
              `useradd --create-home --shell /bin/bash ${user}`,
              `echo '${user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${user}`,
            ]),
        `install -d -m 0700 -o ${user} -g ${user} ${home}/.ssh`,
        `echo '${readFileSync(`${privateKeyFile}.pub`, "utf8").trim()}' | install -m 0600 -o ${user} -g ${user} /dev/stdin ${home}/.ssh/authorized_keys`,
        "ssh-keygen -q -A",
        // It gave up at boot, for want of keys.
        "systemctl reset-failed ssh; systemctl restart ssh",
      ].join("\n"),
    );
    const line = inside(stranger, "cat /etc/ssh/ssh_host_ed25519_key.pub").trim();
    writeFileSync(knownHosts, `${stranger.address} ${line}\n`, { flag: "a" });
  }
  const inNetwork = ({ hostname }: Stranger, ...command: string[]): string => inNetworkOf(name(hostname), command);
  return { machines, knownHosts, inside, network: inNetwork, remove };
}

/** Everything about a machine that a lab changes, in lines that can be compared. */
export function snapshot({ inside, network }: Strangers, stranger: Stranger): Record<string, string[]> {
  const lines = (text: string): string[] => text.split("\n").filter(Boolean).toSorted();
  const files = inside(
    stranger,
    [
      "cd /",
      // dpkg's and apt's own books are compared by what they say, just below; a cache of libraries and the users' backup files are
      // made anew by every installation.
      "find etc usr/local opt root var/lib var/log -xdev \\( -path var/lib/dpkg -o -path var/lib/apt -o -path var/log -o -path etc/ld.so.cache -o -path 'etc/*-' \\) -prune " +
        "-o -printf '%M %p %l\\n' -type f -exec sha256sum {} +",
      "find var/log -name 'podnet*' -o -path 'var/log/pods*' -o -path 'var/log/containers*'",
    ].join("\n"),
  );
  return {
    packages: lines(inside(stranger, "dpkg-query --show --showformat='${Package} ${Version} ${Status}\\n'")),
    manual: lines(inside(stranger, "apt-mark showmanual")),
    lists: lines(inside(stranger, "find /var/lib/apt/lists /var/cache/apt/archives -type f ! -name lock")),
    files: lines(files),
    units: lines(
      inside(
        stranger,
        "systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }'; systemctl --failed --no-legend",
      ),
    ),
    running: lines(
      inside(
        stranger,
        "systemctl list-units --type=service,slice --state=active --plain --no-legend | awk '{ print $1 }' | grep -v '^user\\|session'",
      ),
    ),
    processes: lines(
      inside(stranger, "cat /proc/[0-9]*/comm | grep -E 'kube|etcd|containerd|flannel|coredns|pause' || true"),
    ),
    settings: lines(
      inside(
        stranger,
        "cd /proc/sys; for s in net/ipv4/ip_forward net/ipv4/conf/all/route_localnet vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops net/ipv6/conf/all/forwarding net/ipv6/conf/eth0/forwarding net/ipv6/conf/default/disable_ipv6; do echo $s $(cat $s 2>/dev/null); done",
      ),
    ),
    mounts: lines(inside(stranger, "awk '{ print $2 }' /proc/mounts")),
    links: lines(network(stranger, "ip", "-brief", "link").replace(/^(\S+).*$/gm, "$1")),
    routes: lines(network(stranger, "ip", "route")),
    routes6: lines(network(stranger, "ip", "-6", "route")),
    // A table once asked for stays, without a rule and accepting all: as if it were not there.
    // Of iptables' own tables the rules are compared.
    tables: lines(
      // By its path: where npm is about, a package of another purpose is called so.
      network(stranger, "/usr/sbin/nft", "list", "tables").replace(
        /^table ip6? (filter|nat|mangle|raw|security)$/gm,
        "",
      ),
    ),
    sets: lines(network(stranger, "ipset", "list", "-name")),
    rules: lines(
      ["iptables", "ip6tables"]
        .map((program) => network(stranger, `${program}-save`))
        .join("")
        .replace(/^(#|\*|COMMIT|:[A-Z]+ ACCEPT).*$/gm, "")
        .replace(/ \[\d+:\d+\]$/gm, ""),
    ),
  };
}

/** Of each machine, by its name, what `snapshot` says. */
export type Snapshots = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** What is on one side only, a line each; a report that is cut off after so many lines is to have it. */
export function changes(before: Snapshots, after: Snapshots): string[] {
  const flat = (snapshots: Snapshots): string[] =>
    Object.entries(snapshots).flatMap(([host, whats]) =>
      Object.entries(whats).flatMap(([what, lines]) => lines.map((line) => `${host}, ${what}: ${line}`)),
    );
  const [then, now] = [flat(before), flat(after)];
  return [...beyond(then, now).map((line) => `gone ${line}`), ...beyond(now, then).map((line) => `new ${line}`)];
}

/** Those lines that the others have not, or not as often: a rule that is there twice is one too many. */
function beyond(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** What a destroy says to be newer than it was, in the words of `changes`. `hostOf` gives a node's host by its own name. */
export function toldNewer(output: string, hostOf: (node: string) => string | undefined): string[] {
  return [...output.matchAll(/(\S+): as it was before the lab, but newer: (.*)/g)].flatMap(
    ([, node = "", packages = ""]) =>
      [...packages.matchAll(/(\S+) (\S+) \(was (\S+)\)/g)].flatMap(([, name, now, old]) => [
        `gone ${hostOf(node)}, packages: ${name} ${old} install ok installed`,
        `new ${hostOf(node)}, packages: ${name} ${now} install ok installed`,
      ]),
  );
}
