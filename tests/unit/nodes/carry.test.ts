// Proves what becomes of a node and of its pods when another backend carries packets, by the calls that scripts of nodes/cluster make of programs that are
// stand-ins here. That a kernel obeys is the tier backends'.
import test, { type ExecutionContext } from "ava";
import { existsSync, readFileSync } from "node:fs";
import { parseResult, readScript } from "../../../nodes/script.ts";
import { newRoot } from "./root.ts";

const programs = {
  ip: `case "$*" in
  "route show root 10.244.0.0/16") printf '%s\\n' "10.244.0.0/24 via 172.28.56.10 dev eth0" "10.244.1.0/24 dev cni0 scope link" "10.244.0.0/16 dev flannel0" ;;
  "-6 route show root fd00:10:244::/48") printf '%s\\n' "fd00:10:244:1::/64 dev cni0 metric 256" "fd00:10:244::/64 via fd00:172::10 dev \${LED:-eth0} metric 1024" ;;
  "-6 route show root fd00:10:244::/48 dev flannel-v6.1") echo "fd00:10:244::/64 via fd00:10:244:: metric 1024 onlink" ;;
  "-details link show flannel-v6.1") echo "    vxlan id 1 local fd00:172::10 dev eth0 srcport 0 0 dstport 8472 ttl auto" ;;
  *) echo "ip $*" >>"$CALLS" ;;
esac`,
  crictl: `case "$*" in
  "ps --quiet"*) echo flanneld ;;
  *) echo "crictl $*" >>"$CALLS" ;;
esac`,
  iptables: `case "$*" in
  *" -C "*) ! grep -qs -- "-t $3 -D" "$CALLS" ;;
  *) echo "iptables $*" >>"$CALLS" ;;
esac`,
  ip6tables: `case "$*" in
  *" -C "*) ! grep -qs -- "ip6tables -w -t $3 -D" "$CALLS" ;;
  *) echo "ip6tables $*" >>"$CALLS" ;;
esac`,
  bridge: `case "$*" in
  "fdb show dev"*) echo "aa:bb:cc:dd:ee:01 dst 172.28.56.12 self permanent" ;;
  *) echo "bridge $*" >>"$CALLS" ;;
esac`,
};

async function carried(
  t: ExecutionContext,
  devices: readonly string[],
  params: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  const root = newRoot(t, programs);
  for (const device of [...devices, "cni0"]) root.write(`sys/class/net/${device}/mtu`, "1450\n");
  root.write("sys/class/net/eth0/mtu", "1500\n");
  root.write("run/flannel/subnet.env", "FLANNEL_MTU=1472\n");
  root.write("run/flannel/wgkey", "secret");
  const { code, stderr } = await root.run(
    readScript("cluster/carry"),
    { POD_CIDR: "10.244.0.0/16", ...params },
    { env: { CALLS: root.path("calls"), ...env } },
  );
  t.is(code, 0, stderr);
  t.is(existsSync(root.path("run/flannel/wgkey")), (params["DEVICES"] ?? "").includes("flannel-wg"));
  t.notRegex(stderr, /secret/);
  return existsSync(root.path("calls")) ? readFileSync(root.path("calls"), "utf8").split("\n").filter(Boolean) : [];
}

test("devices of another backend go, routes that would be taken first too, and the bridge has the new MTU", async (t) => {
  t.deepEqual(await carried(t, ["flannel.1", "flannel0"], { DEVICES: "flannel0", ENTRIES: "none", ROUTES: "one" }), [
    "ip link delete flannel.1",
    "ip neigh flush dev flannel0 nud permanent",
    "bridge fdb del aa:bb:cc:dd:ee:01 dev flannel0 dst 172.28.56.12",
    "ip route del 10.244.0.0/24 via 172.28.56.10 dev eth0",
    "ip link set cni0 mtu 1472",
    "ip link set flannel0 mtu 1472",
  ]);
});

test("WireGuard's private key stays as long as its device, and goes with it", async (t) => {
  const params = { ENTRIES: "none", ROUTES: "one" };
  t.deepEqual((await carried(t, ["flannel-wg"], { DEVICES: "flannel-wg", ...params })).slice(-1), [
    "ip link set flannel-wg mtu 1472",
  ]);
  t.true((await carried(t, ["flannel-wg"], { DEVICES: "", ...params })).includes("ip link delete flannel-wg"));
});

test("what belongs to the backend stays as flanneld has written it", async (t) => {
  t.deepEqual(await carried(t, ["flannel.1"], { DEVICES: "flannel.1", ENTRIES: "written", ROUTES: "each" }), [
    "ip link set cni0 mtu 1472",
    "ip link set flannel.1 mtu 1472",
  ]);
});

test("IPv6 routes of another backend, which flanneld cannot replace, go, and flanneld begins anew; its own stay", async (t) => {
  const params = {
    DEVICES: "flannel.1 flannel-v6.1",
    ENTRIES: "written",
    ROUTES: "each",
    POD_CIDR6: "fd00:10:244::/48",
  };
  // The kernel refuses a VXLAN device more than it can wrap in IPv6.
  const told = [
    ...["cni0", "flannel.1"].map((device) => `ip link set ${device} mtu 1472`),
    "ip link set flannel-v6.1 mtu 1430",
  ];
  t.deepEqual(await carried(t, ["flannel.1", "flannel-v6.1"], params), [
    "ip -6 route del fd00:10:244::/64 via fd00:172::10 dev eth0",
    "crictl stop --timeout 5 flanneld",
    ...told,
  ]);
  t.deepEqual(await carried(t, ["flannel.1", "flannel-v6.1"], params, { LED: "flannel-v6.1" }), told);
});

const kubectl = `case "$*" in
  "get pods"*) cat <<'PODS'
{"items":[
  {"metadata":{"namespace":"lesson","name":"mypod1","uid":"uid-1"},"spec":{},"status":{"podIP":"10.244.1.2"}},
  {"metadata":{"namespace":"kube-system","name":"coredns-x","uid":"uid-2","ownerReferences":[{}]},"spec":{},"status":{"podIP":"10.244.0.2"}},
  {"metadata":{"namespace":"kube-system","name":"etcd","uid":"uid-3"},"spec":{"hostNetwork":true},"status":{"podIP":"172.28.56.10"}}
]}
PODS
  ;;
  *) echo "$*" >>"$CALLS" ;;
esac`;

async function switched(t: ExecutionContext, before: string | undefined, BACKEND: string) {
  const root = newRoot(t, { kubectl });
  root.write("etc/podnet/lost-pods.json", '{"other/pod":"uid-0"}');
  root.write("calls", "");
  if (before !== undefined) root.write("etc/podnet/backend", `${before}\n`);
  const { code, stdout, stderr } = await root.run(
    readScript("cluster/backend"),
    { BACKEND },
    { env: { CALLS: root.path("calls") } },
  );
  t.is(code, 0, stderr);
  t.is(root.read("etc/podnet/backend"), `${BACKEND}\n`);
  const calls = readFileSync(root.path("calls"), "utf8").split("\n");
  return { lost: parseResult("cluster/backend", stdout), changes: calls.filter((line) => /rollout|delete/.test(line)) };
}

test("another backend: flannel is waited for, a controller's pods go, and those of the program are told; static ones stay", async (t) => {
  for (const before of ["host-gw", undefined]) {
    const { lost, changes } = await switched(t, before, "udp");
    t.deepEqual(lost, { "other/pod": "uid-0", "lesson/mypod1": "uid-1" });
    t.regex(changes.join("\n"), /rollout status daemonset\/kube-flannel-ds.*\n.*delete pod coredns-x --wait=false$/);
  }
});

test("the same backend touches no pod; an older lab without a note had vxlan", async (t) => {
  for (const before of ["vxlan", undefined])
    t.deepEqual(await switched(t, before, "vxlan"), { lost: { "other/pod": "uid-0" }, changes: [] });
});

test("a device of the same backend that has another VNI in its name goes, and what only begins like flannel's stays", async (t) => {
  const params = { DEVICES: "flannel.42", ENTRIES: "written", ROUTES: "each" };
  const calls = await carried(t, ["flannel.1", "flannel.42", "flannel-of-mine"], params);
  t.deepEqual(calls, ["ip link delete flannel.1", "ip link set cni0 mtu 1472", "ip link set flannel.42 mtu 1472"]);
});

test("flannel's rules for iptables go where it writes them into nftables: it empties one chain, and deletes none", async (t) => {
  const params = { DEVICES: "flannel.1", ENTRIES: "written", ROUTES: "each", RULES: "nftables" };
  const calls = await carried(t, ["flannel.1"], params);
  t.deepEqual(
    calls.filter((call) => call.startsWith("iptables")),
    [
      "iptables -w -t nat -D POSTROUTING -m comment --comment flanneld masq -j FLANNEL-POSTRTG",
      "iptables -w -t nat -F FLANNEL-POSTRTG",
      "iptables -w -t nat -X FLANNEL-POSTRTG",
      "iptables -w -t filter -D FORWARD -m comment --comment flanneld forward -j FLANNEL-FWD",
      "iptables -w -t filter -F FLANNEL-FWD",
      "iptables -w -t filter -X FLANNEL-FWD",
    ],
  );
  const both = await carried(t, ["flannel.1"], { ...params, ENTRIES: "none", POD_CIDR6: "fd00:10:244::/48" });
  t.deepEqual(
    both.flatMap((call) => (call.startsWith("ip6tables") ? [call.replace("ip6tables", "iptables")] : [])),
    calls.filter((call) => call.startsWith("iptables")),
    "with both families by IPv6 too",
  );
  const usual = await carried(t, ["flannel.1"], { DEVICES: "flannel.1", ENTRIES: "written", ROUTES: "each" });
  t.deepEqual(
    usual.filter((call) => call.startsWith("iptables")),
    [],
  );
});
