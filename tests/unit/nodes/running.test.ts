// Proves what scripts of nodes/ do where a command fails, hangs or finds nothing, in a bash on this machine with stand-ins for a node's programs.
import test from "ava";
import { observationsJson } from "../../../evidence/observation.ts";
import { asCommand, parseResult, readLibraries, readScript } from "../../../nodes/script.ts";
import { newRoot, type Root } from "./root.ts";

const node = readLibraries(["say", "node"]);

test("a command that hangs ends at the deadline, with all that it started, and says so", async (t) => {
  const root = newRoot(t, {});
  const begun = Date.now();
  const { code, stderr } = await root.run(`${node}\nhang() { echo begun; sleep 99; }\nwait_for "an answer" 1 hang`);
  t.is(code, 1);
  t.regex(stderr, /waited 1 s for an answer, in vain: hang\nbegun\nno answer within 1 s/);
  t.true(Date.now() - begun < 20_000);
});

test("what the last try had to say that ended by itself is said too, where the deadline has cut the very last one off", async (t) => {
  const root = newRoot(t, {});
  const looks = `look() { if [[ -e "$TMP/tried" ]]; then echo begun; sleep 99; fi; : >"$TMP/tried"; echo "2 of 3 replicas"; return 1; }`;
  const { code, stderr } = await root.run(`${node}\n${looks}\nwait_for "replicas" 2 look`, { TMP: root.path("tmp") });
  t.is(code, 1);
  t.regex(stderr, /waited 2 s for replicas, in vain: look\n2 of 3 replicas\nbegun\nno answer within \d s/);
});

test("a try that hangs does not use up the time of the next ones", async (t) => {
  const root = newRoot(t, {});
  const once = 'once() { [[ -e "$TMP/tried" ]] || { : >"$TMP/tried"; sleep 99; }; }';
  const { code } = await root.run(
    `${node.replace("each=$(patient 30)", "each=1")}\n${once}\nwait_for "the second try" 20 once`,
    { TMP: root.path("tmp") },
  );
  t.is(code, 0);
});

test("a machine without systemd-detect-virt is taken for a fast one", async (t) => {
  const root = newRoot(t, {});
  const { code, stdout } = await root.run(
    `command() { [[ $2 != systemd-detect-virt ]] && builtin command "$@"; }\n${node}\npatient 7`,
  );
  t.deepEqual([code, stdout], [0, "7"]);
});

const kubectl = (nodes: string): string => `echo "$*" >>"$CALLS"
case "$*" in
  "get nodes"*) ${nodes} ;;
  "get pods"*) echo '{"items":[]}' ;;
esac`;

test("an API server that does not answer is not taken for one without nodes: nothing is drained, and the update fails", async (t) => {
  const root = newRoot(t, { kubectl: kubectl("echo refused >&2; exit 1") });
  root.write("etc/podnet/machines", "k8s-worker1=one\n");
  const { code } = await root.run(
    readScript("cluster/members"),
    { MACHINES: "k8s-master=m" },
    { env: { CALLS: root.path("calls") } },
  );
  t.not(code, 0);
  t.notRegex(root.read("calls"), /delete|drain/);
  t.is(root.read("etc/podnet/machines"), "k8s-worker1=one\n");
});

test("a node that no longer belongs to the cluster is drained and deleted, and a second run does no more", async (t) => {
  const root = newRoot(t, { kubectl: kubectl("printf 'k8s-master\\nk8s-worker1\\n'") });
  root.write("etc/podnet/machines", "k8s-worker1=one\n");
  const run = () =>
    root.run(readScript("cluster/members"), { MACHINES: "k8s-master=m" }, { env: { CALLS: root.path("calls") } });
  const { code, stdout } = await run();
  t.deepEqual([code, parseResult("cluster/members", stdout)], [0, {}]);
  t.regex(root.read("calls"), /^drain k8s-worker1 [^]*^delete node k8s-worker1$/m);
  t.notRegex(root.read("calls"), /delete node k8s-master/);
  t.is((await run()).code, 0);
});

test("what talks to the cluster goes there directly, whatever proxy the machine has", async (t) => {
  const root = newRoot(t, {
    kubectl:
      'case "$*" in *"get secrets"*) echo "{\\"items\\":[]}" ;; *cluster-info*) echo "jws-kubeconfig-proxy none none" ;; *) exit 1 ;; esac',
    kubeadm: 'echo "proxy ${HTTPS_PROXY:-none} ${https_proxy:-none}"',
  });
  const env = { HTTPS_PROXY: "http://proxy:3128", https_proxy: "http://proxy:3128" };
  const { stdout } = await root.run(readScript("cluster/token"), { WORKER: "k8s-worker1" }, { env });
  t.is(stdout, "proxy none none");
  for (const script of [
    "cluster/init",
    "cluster/join",
    "cluster/addons",
    "cluster/members",
    "cluster/ready",
    "observe/cluster",
  ] as const)
    t.regex(readScript(script), /^no_proxies$/m, script);
  t.regex(readScript("observe/pod-facts"), / --noproxy '\*' .*"\$server\//s);
});

/** What containerd keeps of a container or a pod's sandbox while it runs. */
function runs(
  root: Root,
  kind: "container" | "sandbox",
  pod: string,
  id: string,
  pid: number,
  env: string[] = [],
): void {
  const folder = `run/containerd/io.containerd.runtime.v2.task/k8s.io/${id}`;
  const annotations = { "io.kubernetes.cri.container-type": kind, "io.kubernetes.cri.sandbox-uid": pod };
  root.write(`${folder}/config.json`, JSON.stringify({ process: { env }, annotations }));
  root.write(`${folder}/init.pid`, String(pid));
}

test("the processes of a node's pods are those that containerd keeps; what a pod has in its environment passes for none", async (t) => {
  const root = newRoot(t, {});
  const claimed = '"io.kubernetes.cri.sandbox-uid":"uid-1"';
  runs(root, "sandbox", "uid-2", "aaa", 1, [`ONE=${claimed}`, claimed]);
  runs(root, "container", "uid-1", "bbb", 4712);
  runs(root, "sandbox", "uid-1", "ccc", 4711);
  runs(root, "container", "uid-3", "ddd", 3, ['X="io.kubernetes.cri.container-type":"sandbox"']);
  // One that is only just made has no process yet.
  root.write("run/containerd/io.containerd.runtime.v2.task/k8s.io/eee/config.json", "{}");
  const find = `${readLibraries(["say", "node", "observe", "pods"])}
PODS="mypod1=uid-1=10.244.1.2 mypod2=uid-2=10.244.1.3 mypod3=uid-3=10.244.1.4 other=uid-4=10.244.2.2"
find_pods
for name in mypod1 mypod2 mypod3 other; do echo "$name \${address_of[$name]} \${pid_of[$name]:-none}"; done
echo "\${container_of[uid-1]} \${container_pid_of[uid-1]} \${container_of[uid-2]:-none}"`;
  const { stdout, stderr } = await root.run(find.replaceAll("\\$", "$"));
  t.is(
    stdout,
    "mypod1 10.244.1.2 4711\nmypod2 10.244.1.3 1\nmypod3 10.244.1.4 none\nother 10.244.2.2 none\nbbb 4712 none",
  );
  t.is(stderr, "");
  const bare = newRoot(t, {});
  t.regex((await bare.run(find.replaceAll("\\$", "$"))).stderr, /no pod runs on this node: there is none in /);
});

const observers = {
  nsenter: 'case "$*" in *"flush cache"*) exit 1 ;; esac; echo "$*"',
  ip: "echo ip",
  bridge: "echo bridge",
};

test("without flannel's file that observation fails and all others are gathered", async (t) => {
  const root = newRoot(t, {
    ...observers,
    // Nothing listens here, and a port that is closed is tried again for twenty seconds.
    timeout: 'case "$*" in *healthz*) exit 124 ;; esac; exec /usr/bin/timeout "$@"',
  });
  runs(root, "sandbox", "uid-1", "sandbox-1", 4711);
  root.write("etc/podnet/node-name", "k8s-worker1\n");
  const PODS = "mypod1=uid-1=10.244.1.2 mypod2=uid-2=10.244.2.2";
  const params = { PODS, NODES: "", TUNNEL: "flannel.1", VTEP: "flannel.1" };
  const look = async () =>
    observationsJson.parse(JSON.parse((await root.run(readScript("observe/overlay"), params)).stdout));
  const without = await look();
  t.not(without.observations.find(({ id }) => id === "subnet")?.exit, 0);
  for (const id of ["routes", "vtep", "addresses/mypod1", "ping/mypod1/mypod2"])
    t.is(without.observations.find((one) => one.id === id)?.exit, 0, id);
  t.false(without.observations.some(({ id }) => id.startsWith("largest/")));
  root.write("sys/class/net/flannel.1/mtu", "1450\n");
  t.regex((await look()).observations.find(({ id }) => id === "largest/mypod1/mypod2")?.command ?? "", /-s 1422 /);
  root.write("run/flannel/subnet.env", "FLANNEL_MTU=1400\n");
  t.regex((await look()).observations.find(({ id }) => id === "largest/mypod1/mypod2")?.command ?? "", /-s 1372 /);
});

test("without a tunnel the node's own interface is what is asked about, and no VTEP", async (t) => {
  const root = newRoot(t, {
    ...observers,
    ip: 'case "$*" in *"addr show to 10.0.0.11") echo "2: wire0 inet 10.0.0.11/24" ;; *) echo "ip $*" ;; esac',
    timeout: 'case "$*" in *healthz*) exit 124 ;; esac; exec /usr/bin/timeout "$@"',
    ping: "exit 0",
  });
  runs(root, "sandbox", "uid-1", "sandbox-1", 4711);
  root.write("etc/podnet/node-name", "k8s-worker1\n");
  root.write("run/flannel/subnet.env", "FLANNEL_MTU=1500\n");
  const params = {
    PODS: "mypod1=uid-1=10.244.1.2 mypod2=uid-2=10.244.2.2",
    NODES: "k8s-worker1=10.0.0.11 k8s-worker2=10.0.0.12",
    TUNNEL: "",
    VTEP: "",
  };
  const { stdout } = await root.run(readScript("observe/overlay"), params);
  const { observations } = observationsJson.parse(JSON.parse(stdout));
  const command = (id: string): string => observations.find((one) => one.id === id)?.command ?? "";
  t.regex(command("decision/mypod2/mypod1"), /iif wire0$/);
  t.regex(command("ways-back"), /back wire0 '10\.244\.2\.2'/);
  t.regex(command("wire-neighbours"), /for to in +10\.0\.0\.12; .*ip neigh show dev wire0$/);
  t.false(observations.some(({ id }) => id.startsWith("vtep")));
});

test("a capture whose folder a restart has taken is reported as missing, and the observer lives", async (t) => {
  const root = newRoot(t, { tcpdump: "exit 1", systemctl: "exit 3", ip: "echo links", sleep: "exec /bin/sleep 0" });
  root.write("etc/podnet/node-name", "k8s-worker1\n");
  const { stdout } = await root.run(readScript("observe/captured"), { JOURNEY: "trip", FRAMES: "6", LINES: "ICMP" });
  const { observations } = observationsJson.parse(JSON.parse(stdout));
  t.deepEqual(
    observations.map(({ id, exit }) => [id, exit === 0]),
    [
      ["links", true],
      ["veths", false],
      ["capture", false],
      ["pcap", false],
    ],
  );
});

test("where the pod's containers cannot be listed, that observation fails and the others are there", async (t) => {
  const root = newRoot(t, { crictl: "echo no runtime; exit 1", ctr: "echo tasks", ip: "echo ports" });
  root.write("etc/podnet/node-name", "k8s-worker1\n");
  const { code, stdout } = await root.run(readScript("observe/containers"), {
    POD_UID: "u",
    POD_ADDRESS: "10.244.1.2",
  });
  const { observations } = observationsJson.parse(JSON.parse(stdout));
  t.is(code, 0);
  t.is(observations.find(({ id }) => id === "pod")?.exit, 1);
  t.is(observations.find(({ id }) => id === "ports")?.exit, 0);
});

test("a static pod is listed by the uid that the kubelet knows", async (t) => {
  const pod = (uid: string, annotations?: object) => ({
    metadata: { namespace: "default", name: uid, uid, annotations },
    spec: { containers: [{ name: "main" }] },
    status: { phase: "Running" },
  });
  const items = [pod("plain"), pod("mirror", { "kubernetes.io/config.mirror": "of-the-file" })];
  const root = newRoot(t, { kubectl: `cat <<'JSON'\n${JSON.stringify({ items })}\nJSON` });
  const { stdout } = await root.run(readScript("observe/list-pods"));
  t.deepEqual(
    parseResult("observe/list-pods", stdout).map(({ uid }) => uid),
    ["plain", "of-the-file"],
  );
});

test("echo servers end by the name of their caller's unit, and no others do", async (t) => {
  const root = newRoot(t, {
    systemctl: 'echo "$*" >>"$CALLS"',
    "systemd-run": 'echo "run $*" >>"$CALLS"',
  });
  const { code, stderr } = await root.run(
    readScript("observe/serve-echo"),
    { PODS: "", UNIT: "podnet-echo-trace-a" },
    { env: { CALLS: root.path("calls") } },
  );
  t.is(code, 0, stderr);
  t.deepEqual(root.read("calls").trim().split("\n"), [
    "--quiet is-active podnet-echo-trace-a",
    "stop podnet-echo-trace-a",
  ]);
});

test("the device beside flannel's is gone before its namespace's name is, which the kernel takes apart only later: its number is free at once", async (t) => {
  const root = newRoot(t, {
    systemctl: "exit 3",
    ip: 'echo "$*" >>"$CALLS"',
  });
  root.write("run/netns/podnet-overlay");
  const env = { CALLS: root.path("calls") };
  const { code, stderr } = await root.run(
    readScript("observe/serve-echo"),
    { PODS: "", UNIT: "podnet-echo", NODES: "" },
    { env },
  );
  t.is(code, 0, stderr);
  t.deepEqual(root.read("calls").trim().split("\n"), [
    "-n podnet-overlay link show vxlan",
    "-n podnet-overlay link delete vxlan",
    "netns delete podnet-overlay",
  ]);
});

/** A control plane with kube-proxy in one mode, as nodes/cluster/addons.sh finds it. */
const addons = {
  kubeadm: 'echo "kubeadm $* with $(grep ^mode: "${@: -1}")" >>"$CALLS"',
  kubectl: `echo kubectl "\${@:3:3}" >>"$CALLS"
case "$3 $4" in
  "get nodes") echo 172.28.88.10 172.28.88.11 ;;
  "get pods") echo pod/kube-proxy-a "pod/kube-proxy-$(cat "$CALLS.second" 2>/dev/null || echo b)" ;;
  "logs pod/kube-proxy-b") echo "Using iptables Proxier" ;;
  "logs "*) echo "Using \${MODE:-nftables} Proxier" ;;
  "delete pod/kube-proxy-b") echo c >"$CALLS.second" ;;
esac`,
  curl: 'echo "curl ${@: -1}" >>"$CALLS"',
};

test("kube-proxy is put in once, and again when its mode changes: then each node's is made anew, and waited for", async (t) => {
  const root = newRoot(t, addons);
  root.write("etc/podnet/init.yaml", "kind: KubeProxyConfiguration\nmode: iptables\n");
  root.write("etc/kubernetes/podnet-initialised");
  const run = async (mode: string): Promise<readonly string[]> => {
    root.write("calls");
    const env = { CALLS: root.path("calls"), MODE: mode };
    const { code, stderr } = await root.run(readScript("cluster/addons"), { PROXY_MODE: mode }, { env });
    t.is(code, 0, stderr);
    return root.read("calls").trim().split("\n");
  };
  t.deepEqual(await run("iptables"), [
    `kubeadm init phase addon all --config ${root.path("etc/podnet/init.yaml")} with mode: iptables`,
  ]);
  t.deepEqual(await run("iptables"), [""], "nothing is to be done twice");
  const changed = await run("nftables");
  t.deepEqual(changed, [
    "kubectl get daemonsets --all-namespaces",
    `kubeadm init phase addon kube-proxy --config ${root.path("etc/podnet/init.yaml")} with mode: nftables`,
    "kubectl rollout restart daemonset",
    "kubectl rollout status daemonset",
    "kubectl get pods --selector=k8s-app=kube-proxy",
    "kubectl logs pod/kube-proxy-a",
    "kubectl logs pod/kube-proxy-b",
    "kubectl delete pod/kube-proxy-b",
    "kubectl get pods --selector=k8s-app=kube-proxy",
    "kubectl logs pod/kube-proxy-a",
    "kubectl logs pod/kube-proxy-c",
    'kubectl get nodes --output=jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
    "curl http://172.28.88.10:10256/healthz",
    "curl http://172.28.88.11:10256/healthz",
  ]);
  t.deepEqual(await run("nftables"), [""]);
  t.is((await run("iptables"))[1]?.split(" with ")[1], "mode: iptables", "and back");
});

/** The same with kube-router on it: it runs where the file says so, and what it would write over is noted with that. */
const enforcing = {
  kubeadm: 'echo "kubeadm with kube-router $(cat "$ROUTER")" >>"$CALLS"; exit "${KUBEADM:-0}"',
  kubectl: `case "\${@:3}" in
  "get daemonsets "*kube-router*) echo "network-policy/kube-router " ;;
  "patch daemonset kube-router --namespace=network-policy "*": null}"*) echo running >"$ROUTER" ;;
  "patch daemonset kube-router --namespace=network-policy "*)
    grep -q -E '"pod-networking-lab/held": (null|"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")' <<<"$*" || { echo "no label's value" >&2; exit 1; }
    echo ending >"$ROUTER" ;;
  "get pods "*kube-router*) if grep -q ending "$ROUTER"; then echo ended >"$ROUTER"; echo pod/kube-router-a; fi ;;
  "get pods "*) echo pod/kube-proxy-a ;;
  "logs "*) echo "Using nftables Proxier" ;;
  "get nodes "*) echo 172.28.88.10 ;;
  "rollout restart daemonset kube-proxy") echo "kube-proxy with kube-router $(cat "$ROUTER")" >>"$CALLS" ;;
  "rollout status daemonset kube-router "*) echo "waited for kube-router $(cat "$ROUTER")" >>"$CALLS" ;;
esac`,
  curl: 'echo "rules with kube-router $(cat "$ROUTER")" >>"$CALLS"',
};

test("kube-router, which writes filters as a whole, has ended before kube-proxy changes its mode, and begins anew after", async (t) => {
  const root = newRoot(t, enforcing);
  root.write("etc/podnet/init.yaml", "mode: iptables\n");
  root.write("etc/kubernetes/podnet-initialised");
  root.write("etc/kubernetes/podnet-addons");
  root.write("etc/kubernetes/podnet-proxy-mode", "iptables\n");
  root.write("router", "running\n");
  const run = async (more: Readonly<Record<string, string>> = {}) => {
    root.write("calls");
    const env = { CALLS: root.path("calls"), ROUTER: root.path("router"), ...more };
    const { code } = await root.run(readScript("cluster/addons"), { PROXY_MODE: "nftables" }, { env });
    return { code, calls: root.read("calls").trim().split("\n") };
  };
  const failed = await run({ KUBEADM: "1" });
  t.not(failed.code, 0);
  t.deepEqual(failed.calls, ["kubeadm with kube-router ended", "waited for kube-router running"], "it is let go");
  const { code, calls } = await run();
  t.is(code, 0);
  t.deepEqual(calls, [
    "kubeadm with kube-router ended",
    "kube-proxy with kube-router ended",
    "rules with kube-router ended",
    "waited for kube-router running",
  ]);
  t.deepEqual((await run()).calls, [""], "nothing is to be done twice");
});

/** A node's table of filters in a file, and what is done to it. */
const filters = {
  pgrep: "exit 1",
  "iptables-save": 'cat "$TABLE"',
  ctr: 'echo "ctr ${*: -1}" >>"$CALLS"; if [[ $* == *"images list"* ]]; then echo kube-router:1; fi',
  iptables: `echo "iptables $*" >>"$CALLS"
case "$*" in
  "--list FORWARD"*) printf 'Chain FORWARD\\nnum target\\n1 PODNET-GUARD all\\n2 KUBE-ROUTER-FORWARD all\\n' ;;
  "--wait --flush "*) sed -i "/^-A \${*: -1} /d" "$TABLE" ;;
  "--wait --delete-chain "*) if [[ -z \${STUCK:-} ]]; then sed -i "/^:\${*: -1} /d" "$TABLE"; fi ;;
  "--wait --delete FORWARD 2") sed -i "/-j KUBE-ROUTER-FORWARD/d" "$TABLE" ;;
esac`,
};
const enforced = `*filter
:FORWARD ACCEPT [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NWPLCY-A - [0:0]
:KUBE-POD-FW-B - [0:0]
:KUBE-ROUTER-FORWARD - [0:0]
-A FORWARD -j PODNET-GUARD
-A FORWARD -m comment --comment "kube-router netpol - X" -j KUBE-ROUTER-FORWARD
-A KUBE-POD-FW-B -j KUBE-NWPLCY-A
-A KUBE-ROUTER-FORWARD -d 10.244.1.9/32 -j KUBE-POD-FW-B
COMMIT
`;

test("what enforced policies leaves neither rule nor set behind, and others' rules stay", async (t) => {
  const root = newRoot(t, filters);
  root.write("table", enforced);
  const env = { CALLS: root.path("calls"), TABLE: root.path("table") };
  const { code, stderr } = await root.run(asCommand("cluster/unenforce", { IMAGE: "kube-router:1" }), {}, { env });
  t.is(code, 0, stderr);
  t.is(
    root.read("table"),
    "*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j PODNET-GUARD\nCOMMIT\n",
  );
  const calls = root.read("calls");
  t.regex(calls, /ctr for set in \$\(ipset list -name .*ipset destroy/);
  t.true(
    calls.indexOf("--delete FORWARD 2") < calls.indexOf("--flush"),
    "nobody is led into a chain that is half gone",
  );
});

test("a rule of the enforcer's that cannot be taken away fails, and is not left behind in silence", async (t) => {
  const root = newRoot(t, filters);
  root.write("table", enforced);
  const env = { CALLS: root.path("calls"), TABLE: root.path("table"), STUCK: "yes" };
  const { code, stderr } = await root.run(asCommand("cluster/unenforce", { IMAGE: "kube-router:1" }), {}, { env });
  t.is(code, 1);
  t.regex(stderr, /3 rules of kube-router are still there/);
});

for (const [what, owner, begun, code] of [
  ["on a machine of the lab's own", false, false, 0],
  ["on a host where the lab had begun it", true, true, 0],
  ["on a host where it is somebody else's", true, false, 1],
] as const)
  test(`an installation that was ended in the middle is brought to its end ${what}${code === 0 ? "" : ": it stays theirs"}`, async (t) => {
    // As apt-get does: it refuses everything while dpkg's journal has an entry.
    const root = newRoot(t, {
      "dpkg-query": "[[ -e $DONE ]] && echo installed",
      "apt-get": `[[ "$*" == *--simulate* ]] && exit
        if [[ -e $JOURNAL ]]; then echo "E: dpkg was interrupted"; exit 100; fi
        [[ "$*" != *" install "* ]] || touch "$DONE"`,
      dpkg: '[[ $* == "--configure --pending" ]] && rm "$JOURNAL"',
    });
    root.write("var/lib/dpkg/updates/0001");
    root.write("run/kept");
    if (owner) root.write("var/lib/podnet/owner");
    if (begun) root.write("var/lib/podnet/packages", "purge tcpdump\n");
    const done = await root.run(
      `${readLibraries(["say", "node", "apt"])}\napt_install tcpdump`,
      {},
      { env: { JOURNAL: root.path("var/lib/dpkg/updates/0001"), DONE: root.path("done") } },
    );
    t.is(done.code, code, done.stderr);
    t.is(root.has("done"), code === 0);
    t.is(root.has("var/lib/dpkg/updates/0001"), code !== 0);
  });

test("what becomes newer on a host with what is installed is told, and once written down with the version that was there", async (t) => {
  const plan = `Inst libzstd1 [1.5.4] (1.5.4+deb12u1 Debian:12.15/oldstable [amd64])
Inst libssl3:arm64 [3.0.1] (3.0.2 Debian:12.15/oldstable [arm64]) []
Inst zstd (1.5.4+deb12u1 Debian:12.15/oldstable [amd64])`;
  const root = newRoot(t, {
    "dpkg-query": "[[ -e $DONE ]] && echo installed",
    "apt-get": `case "$*" in
      *--simulate*) printf '%s\\n' '${plan}' ;;
      *" --no-remove "*" install zstd") [[ ! -e $TRIED ]] && touch "$TRIED" && exit 100; touch "$DONE" ;;
      esac`,
  });
  root.write("var/lib/podnet/owner");
  root.write("run/kept");
  const done = await root.run(
    `${readLibraries(["say", "node", "apt"])}\napt_install zstd`,
    {},
    { env: { TRIED: root.path("tried"), DONE: root.path("done") } },
  );
  t.is(done.code, 0, done.stderr);
  t.regex(done.stderr, /libzstd1 becomes newer, as what is installed needs it: 1\.5\.4\+deb12u1 instead of 1\.5\.4$/m);
  t.is(root.read("var/lib/podnet/newer"), "libzstd1 1.5.4\nlibssl3:arm64 3.0.1\n");
  t.true(
    root
      .read("var/lib/podnet/packages")
      .split("\n")
      .every((line) => ["purge zstd", ""].includes(line)),
  );
});

test("what could not be installed on a host is not the lab's to take away: its owner may install it by hand, and keeps it", async (t) => {
  const plan =
    "Inst zstd (1.5.4 Debian:12 [amd64])\nInst libhalf (1 Debian:12 [amd64])\nInst libold (1 Debian:12 [amd64])";
  const root = newRoot(t, {
    "dpkg-query": `case "\${*: -1}" in
      tcpdump) echo installed ;;
      libhalf) echo unpacked ;;
      libold | libran) echo config-files ;;
      *) exit 1 ;;
      esac`,
    "apt-get": `case "$*" in *--simulate*) printf '%b\\n' '${plan}' ;; *) exit 100 ;; esac`,
  });
  root.write("var/lib/podnet/owner");
  root.write("run/kept");
  root.write("var/lib/podnet/packages", "purge tcpdump\npurge libran\n");
  const done = await root.run(`${readLibraries(["say", "node", "apt"])}\napt_install zstd`);
  t.is(done.code, 1);
  t.regex(done.stderr, /apt-get could not install zstd/);
  t.deepEqual(
    [...new Set(root.read("var/lib/podnet/packages").split("\n"))],
    ["purge tcpdump", "purge libran", "purge libhalf", ""],
  );
});
