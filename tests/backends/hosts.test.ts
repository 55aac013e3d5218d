// Two plain machines of a network that has IPv6 beside IPv4: one that has no address there is named before anything is changed; then both families are proved
// between them, and after a destroy they are as they were. They are containers, so it does not prove addresses that routers announce.
import test from "ava";
import { contract } from "../live/contract.ts";
import { outputsOf, progress } from "../live/lab.ts";
import { openOnHosts } from "../live/on-hosts.ts";
import { changes, invite, toldNewer, type Stranger } from "../live/strangers.ts";

const stackName = "live-hosts6";
const strangers = await invite(stackName, "172.28.76.0/24", ["root", "root"], undefined, "fd00:172:28:76::/64");
const [first, second] = strangers.machines as [Stranger, Stranger];
const { stack, snapshots, end } = await openOnHosts(stackName, strangers, {
  ipFamily: "dual",
  podCidr: "10.234.0.0/16",
  podCidr6: "fd00:10:234::/48",
  serviceCidr6: "fd00:10:98::/112",
});
const nodes = ["k8s-master", "k8s-worker1"];
const before = snapshots();

test.after.always(end);

test.serial("a host without an IPv6 address for its peers is named, and nothing is changed on any", async (t) => {
  const own = `${second.address6!}/64`;
  strangers.network(second, "ip", "-6", "address", "del", own, "dev", "eth0");
  const bare = snapshots();
  const error = await t.throwsAsync(stack.up(progress));
  t.regex(
    error.message,
    /k8s-worker1 \(172\.28\.76\.11\) has no global IPv6 address on eth0, beside 172\.28\.76\.11, .* or set ipFamily to ipv4/,
  );
  t.deepEqual(changes(bare, snapshots()), []);
  strangers.network(second, "ip", "-6", "address", "add", own, "dev", "eth0", "nodad");
});

test.serial("hosts that have one are nodes of both families, and every claim of both holds", async (t) => {
  await stack.up(progress);
  const { nodes: got, network, scenarios } = contract.parse(await outputsOf(stack));
  t.deepEqual(network, { backend: "vxlan", ipFamily: "dual" });
  t.deepEqual(
    got.map(({ name, address, address6 }) => [name, address, address6]),
    strangers.machines.map(({ address, address6 }, index) => [nodes[index]!, address, address6]),
  );
  const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
  t.deepEqual(
    claims.filter(({ ok }) => !ok),
    [],
  );
  t.true(claims.filter(({ id }) => id.endsWith("/ipv6")).length > 30);
  t.regex(
    strangers.inside(
      first,
      "kubectl --kubeconfig=/etc/kubernetes/admin.conf get node k8s-worker1 --output 'jsonpath={.status.addresses}'",
    ),
    /"172\.28\.76\.11".*"fd00:172:28:76::11"/,
  );
  t.deepEqual(Object.keys((await stack.up(progress)).summary.resourceChanges ?? {}), ["same"]);
});

test.serial("after a destroy both hosts are as they were found", async (t) => {
  const { stdout } = await stack.destroy(progress);
  const told = toldNewer(stdout, (node) => strangers.machines[nodes.indexOf(node)]?.hostname);
  t.deepEqual(
    changes(before, snapshots()).filter((line) => !told.includes(line)),
    [],
  );
});
