// Every page of the course but network-policy on a lab of both address families, and what an update that takes them away leaves. It does not prove Services
// that have IPv6 addresses: those of the pages are of the first family, as the course has them.
import test from "ava";
import { beginAndEndWithout, inMachine, openStack, progress, setLessons } from "../live/lab.ts";
import { pagesHold } from "./held.ts";

const stackName = "livelessonsdual";
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];
const pages = ["service", "cluster-dns", "service-auto", "load-balancer"] as const;
const stack = await openStack(stackName, {
  platform: "local",
  workers: 2,
  machineCidr: "172.28.53.0/24",
  portBase: 31710,
  podCidr: "10.236.0.0/16",
  podCidr6: "fd00:10:236::/48",
  serviceCidr6: "fd00:10:99::/112",
  ipFamily: "dual",
});
/** What a page may leave on a node: rules of its Services in either family, its images, and what MetalLB keeps at the API server. */
const left = (node: string): string =>
  inMachine(
    stackName,
    node,
    `(iptables-save; ip6tables-save) | grep -E '[ "](${pages.join("|")})/' || true
ctr --namespace=k8s.io images list --quiet 2>/dev/null | grep -E 'metallb|redis' || true
if [[ -e /etc/kubernetes/admin.conf ]]; then kubectl --kubeconfig=/etc/kubernetes/admin.conf get customresourcedefinitions,namespaces --output name | grep -E '${["metallb", ...pages].join("|")}' || true; fi`,
  );

beginAndEndWithout(stack, test);

test.serial("with both families the pages hold, and the pod network in each", async (t) => {
  await setLessons(stack, ["pod-network", ...pages]);
  await stack.up(progress);
  await pagesHold(t, stack, pages);
  for (const node of nodes) t.not(left(node), "", node);
});

test.serial("an update that takes the pages away leaves nothing of them", async (t) => {
  await setLessons(stack, ["pod-network"]);
  await stack.up(progress);
  await pagesHold(t, stack, []);
  for (const node of nodes) t.is(left(node), "", node);
});
