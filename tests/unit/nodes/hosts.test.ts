// Proves what the scripts for strangers' hosts see, keep and take away, in a folder with stand-ins for a host's programs. Real hosts are tests/live/hosts.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { born } from "../../../bundle/recipes/packages.ts";
import { hostPackages } from "../../../components/machines/hosts.ts";
import { readLibraries, readScript } from "../../../nodes/script.ts";
import { parseFacts } from "../../../platforms/hosts/judge.ts";
import { changes } from "../../live/strangers.ts";
import { newRoot, type Root } from "./root.ts";

const looking = { "iptables-save": "true", nproc: "echo 2", df: "printf 'Avail\\n9000\\n'" };
const look = { BRINGS: "", PEERS: "" };
const files = {
  "etc/os-release": "ID=debian\nVERSION_ID=12\n",
  "proc/meminfo": "MemTotal: 4096000 kB\n",
  "proc/1/comm": "systemd\n",
  "proc/net/route": "Iface Destination\n",
  "proc/net/fib_trie": "",
  "proc/net/tcp": "",
  "proc/net/tcp6": "",
  "proc/net/udp": "",
  "proc/net/udp6": "",
};

test("a host with thousands of chains is looked at, and three of them are named", async (t) => {
  const root = newRoot(t, { ...looking, "iptables-save": 'for n in {1..20000}; do echo ":KUBE-SVC-$n - [0:0]"; done' });
  for (const [name, text] of Object.entries(files)) root.write(name, text);
  const { code, stdout, stderr } = await root.run(readScript("host/preflight"), look);
  t.is(code, 0, stderr);
  t.deepEqual(parseFacts(stdout).all("chain"), ["KUBE-SVC-1", "KUBE-SVC-2", "KUBE-SVC-3"]);
});

test("a host whose df hangs is looked at all the same", async (t) => {
  const root = newRoot(t, {
    ...looking,
    df: "exec sleep 60",
    timeout: 'shift 2; exec /usr/bin/timeout --signal=KILL 1 "$@"',
  });
  for (const [name, text] of Object.entries(files)) root.write(name, text);
  const { code, stdout, stderr } = await root.run(readScript("host/preflight"), look);
  t.is(code, 0, stderr);
  t.is(parseFacts(stdout).one("disk-mb"), undefined);
  t.is(parseFacts(stdout).one("init"), "systemd");
});

const routes = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100A8C0	0003	0	0	0	00000000	0	0	0
eth0	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
eth1	0000090A	00000000	0001	0	0	0	0000FFFF	0	0	0
`;
const addresses6 = (...lines: readonly string[]): string => [...lines, ""].join("\n");

test("a host tells the IPv6 addresses beside its private one, those that flanneld would take first, and no other interface's", async (t) => {
  const root = newRoot(t, { ...looking, uname: "echo x86_64" });
  for (const [name, text] of Object.entries({ ...files, "proc/net/route": routes })) root.write(name, text);
  const beside = async (lines: readonly string[], BESIDE = "10.9.0.10") => {
    root.write("proc/net/if_inet6", addresses6(...lines));
    const { code, stdout, stderr } = await root.run(readScript("host/preflight"), { ...look, BESIDE });
    t.is(code, 0, stderr);
    return [parseFacts(stdout).one("device"), ...parseFacts(stdout).all("address6")];
  };
  const link = "fe80000000000000004200fffe1c0001 1f 40 20 80     eth1";
  const own = "fd000172002800000000000000000010 1f 40 00 80     eth1";
  const learned = "20010db8000000000000000000000007 1f 40 00 00     eth1";
  const daily = "20010db80000000000000000000000ff 1f 40 00 01     eth1";
  const other = "fd000172002800000000000000000099 1e 40 00 80     eth0";
  const name = (hex: string): string => hex.slice(0, 32).replace(/(.{4})(?=.)/g, "$1:");
  t.deepEqual(await beside([link, learned, own, daily, other]), ["eth1", name(own)], "one that was written");
  t.deepEqual(await beside([link, daily, learned, other]), ["eth1", name(learned)], "one that stays");
  t.deepEqual(await beside([daily]), ["eth1", name(daily)]);
  t.deepEqual(await beside([own, own.replace("0010 ", "0011 ")]), [
    "eth1",
    name(own),
    name(own.replace("0010 ", "0011 ")),
  ]);
  t.deepEqual(await beside([link, other]), ["eth1"], "none");
  t.deepEqual(
    await beside([own.replace(" 80 ", " a0 "), own.replace(" 80 ", " c0 ")]),
    ["eth1"],
    "deprecated, or not its own yet",
  );
  t.deepEqual(await beside([other], "10.77.0.1"), ["eth0", name(other)], "the longest route decides");
  root.write("etc/machine-id", "one\n");
  const claim = await root.run(
    readScript("host/claim"),
    { LAB: "lab-1", BESIDE: "10.77.0.1" },
    { stdin: "echo reset\n" },
  );
  t.regex(claim.stdout, /"address6":"fd00:0172:0028:0000:0000:0000:0000:0099"\}$/);
});

test("two hosts' programs answer each other by both families", async (t) => {
  const root = newRoot(t, {});
  const { stdout, stderr } = await root.run(
    readScript("host/answer"),
    { ADDRESS: "127.0.0.1", PORTS: "udp/28831", ADDRESS6: "::1", PORTS6: "udp/28831" },
    { stdin: "" },
  );
  t.deepEqual(stdout.split("\n").toSorted(), ["listening", "udp/28831/127.0.0.1", "udp/28831/::1"], stderr);
});

test("what the scripts write is looked for on a host and taken away", async (t) => {
  const { stdout } = await newRoot(t, {}).run(
    `${readLibraries(["footprint"])}\nwritten_paths; made_folders; node_folders`,
  );
  const known = stdout.split("\n").map((path) => path.replace(/.*\/podnet-root-[^/]*/, ""));
  const writing = /(?:>|>>|\bplace|install (?:-[dm] ?\d* ?)+)\s*"?(\/(?:etc|usr|opt|var)\/[\w./-]+)/g;
  const nodes = join(import.meta.dirname, "../../../nodes");
  const texts = ["cluster", "lib"].flatMap((folder) =>
    readdirSync(join(nodes, folder)).map((file) => readFileSync(join(nodes, folder, file), "utf8")),
  );
  const written = [...texts.join("\n").matchAll(writing)].map(([, path = ""]) => path);
  t.true(written.includes("/etc/sysctl.d/90-podnet.conf") && written.includes("/usr/local/sbin/podnet-guard"));
  for (const path of written)
    t.true(
      known.some((one) => path === one || path.startsWith(`${one}/`)),
      path,
    );
});

test("hosts get the packages that the machine image is born with, but those that every host has", (t) => {
  // Debian and Ubuntu have these themselves, or a host would not run systemd and answer SSH; openssl and zstd are for the scripts.
  const there = ["systemd", "systemd-sysv", "dbus", "libpam-systemd", "openssh-server", "apt", "sudo", "util-linux"];
  // Both have nslookup: the image from busybox, which Ubuntu keeps apart; hosts from BIND.
  const nslookup = (one: string): string => (one === "busybox" ? "bind9-dnsutils" : one);
  t.deepEqual(
    [...hostPackages].toSorted(),
    [...born.filter((one) => !there.includes(one)).map(nslookup), "openssl", "zstd"].toSorted(),
  );
});

const quiet = Object.fromEntries(
  ["systemctl", "ip", "modprobe", "mountpoint", "umount", "iptables-nft-save", "ip6tables-nft-save"].map((name) => [
    name,
    name === "mountpoint" ? "exit 1" : name === "systemctl" ? "[[ $1 != is-active ]]" : "true",
  ]),
);
/** As a claim has left it, on a host where nothing of what it writes down was there. */
function hold(root: Root): void {
  root.write("var/lib/podnet/owner", "lab-1");
  root.write("proc/self/mountinfo");
  for (const name of ["settings", "folders", "modules"]) root.write(`var/lib/podnet/found/${name}`);
}
const reset = (root: Root) =>
  root.run(readScript("host/reset"), { LAB: "lab-1" }, { env: { CALLS: root.path("calls") } });
const resetting = { ...quiet, "iptables-nft-restore": "cat >/dev/null", "ip6tables-nft-restore": "cat >/dev/null" };

test("a host that was claimed and filled is what it was after the reset, which may run twice", async (t) => {
  const root = newRoot(t, { ...resetting, uname: "echo x86_64" });
  root.write("etc/machine-id", "one\n");
  root.write("proc/self/mountinfo");
  root.write("etc/containerd/own.toml", "its own");
  root.write("etc/cni/net.d/.keep");
  root.write("proc/sys/net/ipv4/ip_forward", "0");
  root.write("proc/sys/net/ipv6/conf/all/forwarding", "0");
  root.write("proc/sys/net/ipv6/conf/eth0/accept_ra", "1");
  root.write("proc/net/route", routes);
  const claim = await root.run(
    readScript("host/claim"),
    { LAB: "lab-1", BESIDE: "10.9.0.10" },
    { stdin: "echo reset\n" },
  );
  t.is(claim.stdout, '{"id":"one","arch":"amd64"}', claim.stderr);
  const brought = [
    "etc/podnet/node-name",
    "etc/cni/net.d/10-flannel.conflist",
    "var/lib/kubelet/x",
    "opt/cni/bin/flannel",
  ];
  const written = [
    "usr/local/sbin/podnet-guard",
    "etc/sysctl.d/90-podnet.conf",
    "etc/containerd/conf.d/sandbox.toml",
    "usr/local/bin/tool",
  ];
  for (const path of [...brought, ...written]) root.write(path, "the lab's");
  root.write("var/lib/podnet/files", `${root.path("usr/local/bin/tool")}\n`);
  root.write("proc/sys/net/ipv4/ip_forward", "1");
  root.write("proc/sys/net/ipv6/conf/all/forwarding", "1");
  root.write("proc/sys/net/ipv6/conf/eth0/accept_ra", "2");
  const { code, stderr } = await root.run(readScript("host/reset"), { LAB: "lab-1" });
  t.is(code, 0, stderr);
  for (const path of [...brought, ...written, "etc/containerd/conf.d", "var/lib/kubelet", "opt/cni", "var/lib/podnet"])
    t.false(root.has(path), path);
  t.is(root.read("etc/containerd/own.toml"), "its own");
  t.true(root.has("etc/cni/net.d"));
  t.is(root.read("proc/sys/net/ipv4/ip_forward"), "0");
  t.is(root.read("proc/sys/net/ipv6/conf/all/forwarding"), "0");
  t.is(root.read("proc/sys/net/ipv6/conf/eth0/accept_ra"), "1");
  const again = await root.run(readScript("host/reset"), { LAB: "lab-1" });
  t.deepEqual([again.code, again.stderr], [0, "nothing of the lab is here"]);
});

test("sets of addresses of an enforcer and tables of nftables go with a reset, after the rules, and nobody else's", async (t) => {
  const note = (program: string): string => `echo "${program} $*" >>"$CALLS"`;
  const root = newRoot(t, {
    ...resetting,
    systemctl: "true",
    "iptables-nft-restore": `cat >/dev/null; ${note("rules")}`,
    ctr: `case $* in *list*) echo docker.io/cloudnativelabs/kube-router:v2 ;; *mount*) touch "$HOME/mounted" ;; esac`,
    mountpoint: "[[ -e $HOME/mounted && $2 == */podnet-enforcer ]]",
    umount: 'rm "$HOME/mounted"',
    chroot: `case $* in *list*) printf '%s\\n' KUBE-SRC-ABC inet6:KUBE-DST-ABC their-own ;; *) ${note("sets")} ;; esac`,
    nft: `case $* in *list*) printf 'table %s\\n' 'ip kube-proxy' 'ip6 kube-proxy' 'ip flannel-ipv4' 'ip filter' 'inet theirs' ;; *) ${note("nft")} ;; esac`,
  });
  root.write("root/.keep");
  hold(root);
  const { code, stderr } = await reset(root);
  t.is(code, 0, stderr);
  const enforcer = root.path("run/podnet-enforcer");
  t.deepEqual(root.read("calls").trim().split("\n"), [
    "rules --noflush --wait 30",
    "nft delete table ip kube-proxy",
    "nft delete table ip6 kube-proxy",
    "nft delete table ip flannel-ipv4",
    `sets ${enforcer} ipset destroy KUBE-SRC-ABC`,
    `sets ${enforcer} ipset destroy inet6:KUBE-DST-ABC`,
  ]);
  t.false(root.has("run/podnet-enforcer"));
});

/** apt-get whose package "theirs" needs what `needs` says of the packages that would go, as "$*". */
const apt = (needs: string): string => `for package; do case $package in a|b|c) echo "Purg $package (1)" ;; esac; done
case "$*" in ${needs}) echo "Purg theirs (1)" ;; esac
case "$*" in *--simulate*) ;; *) echo "$*" >>"$CALLS" ;; esac`;

for (const [what, needs, kept] of [
  ["one of two packages", '*" a "*b*|*" b "*a*', 1],
  ["one package", '*" a "*|*" a"', 1],
  ["nothing of the lab's", "none", 0],
] as const) {
  test(`a reset ends where a package of the host's own needs ${what}, and takes the others`, async (t) => {
    const root = newRoot(t, { ...resetting, "apt-get": apt(needs), "dpkg-query": "true" });
    hold(root);
    root.write("var/lib/podnet/packages", "purge a\npurge b\npurge c\n");
    const { code, stderr } = await reset(root);
    t.is(code, 0, stderr);
    t.is(stderr.match(/package . stays: theirs needs it/g)?.length ?? 0, kept);
    t.is(
      root
        .read("calls")
        .trim()
        .split(" ")
        .slice(-(3 - kept))
        .filter((one) => /^[abc]$/.test(one)).length,
      3 - kept,
    );
  });
}

test("the list of sums takes what it does not name away, and a path that another begins with as well", async (t) => {
  const root = newRoot(t, {});
  root.write("stage/bin/kube", "old");
  root.write("stage/bin/kubectl", "new");
  const STAGE = root.path("stage");
  t.is((await root.run(readScript("host/sums"), { STAGE }, { stdin: `${"0".repeat(64)}  bin/kubectl\n` })).code, 0);
  t.deepEqual([root.has("stage/bin/kube"), root.has("stage/bin/kubectl")], [false, true]);
});

test("a reset names what stays newer than it was, and only that", async (t) => {
  const root = newRoot(t, {
    ...resetting,
    "dpkg-query": `case "$*" in *" libzstd1") printf 1.5.4+deb12u1 ;; *" libssl3") printf 3.0.1 ;; *) exit 1 ;; esac`,
  });
  hold(root);
  root.write("var/lib/podnet/newer", "libzstd1 1.5.4\nlibssl3 3.0.1\nlibgone 1\n");
  const { code, stderr } = await reset(root);
  t.is(code, 0, stderr);
  t.regex(stderr, /^as it was before the lab, but newer: libzstd1 1\.5\.4\+deb12u1 \(was 1\.5\.4\)$/m);
});

test("what is not as it was found is told a line each, also one that is there once more", (t) => {
  const found = { host: { rules: ["-A a", "-A b"], units: [] } };
  t.deepEqual(changes(found, structuredClone(found)), []);
  t.deepEqual(changes(found, { host: { rules: ["-A a", "-A a"], units: ["new.service"] } }), [
    "gone host, rules: -A b",
    "new host, rules: -A a",
    "new host, units: new.service",
  ]);
});
