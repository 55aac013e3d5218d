// Every page of the course but load-balancer on instances of EC2, against the stand-in for Amazon of tests/live/aws.test.ts, which says what that does not
// prove: between the machines the security groups let through what the pages need, and what they need alone.
import test from "ava";
import { holdings } from "../aws/api.ts";
import { openInstances } from "../aws/stack.ts";
import { contract } from "../live/contract.ts";
import { inMachine, outputsOf, progress, reaches, setLessons, traces } from "../live/lab.ts";
import { pagesHold } from "./held.ts";

const stackName = "live-lessons-aws";
const { stack, api, empty, end } = await openInstances(
  stackName,
  { machineCidr: "172.28.63.0/24", publicCidr: "172.28.70.0/24" },
  { workers: 1 },
);
stack.workspace.envVars = { ...stack.workspace.envVars, ...api.env };
const outputs = async () => contract.parse(await outputsOf(stack));
/** From machine to machine by TCP: what is let in, as first to last port. */
async function between(): Promise<readonly string[]> {
  const { SecurityGroupRules = [] } = await api.ec2.describeSecurityGroupRules();
  const inward = SecurityGroupRules.filter(
    ({ IsEgress, IpProtocol, ReferencedGroupInfo }) =>
      !IsEgress && IpProtocol === "tcp" && ReferencedGroupInfo !== undefined,
  );
  return [...new Set(inward.map(({ FromPort, ToPort }) => `${FromPort}-${ToPort}`))].toSorted();
}
const nodePort = (): number =>
  Number(
    inMachine(
      stackName,
      "k8s-master",
      "kubectl --kubeconfig=/etc/kubernetes/admin.conf get service hello-world-nodeport --namespace service --output jsonpath='{.spec.ports[0].nodePort}'",
    ),
  );

test.after.always(end);

test.serial("the pages hold on instances, from nothing", async (t) => {
  const pages = ["service", "cluster-dns", "service-auto", "network-policy"] as const;
  await setLessons(stack, ["pod-network", ...pages]);
  await stack.up(progress);
  await pagesHold(t, stack, pages);
});

test.serial("machines reach each other's node ports, and nobody else does", async (t) => {
  t.true((await between()).includes("30000-32767"));
  const port = nodePort();
  for (const { ssh } of (await outputs()).nodes) t.is(await reaches(new URL(ssh).hostname, port), "no answer", ssh);
});

test.serial("with the page about Services the node ports go, and kube-proxy changes its mode", async (t) => {
  await setLessons(stack, ["pod-network", "cluster-dns"]);
  await stack.setConfig("pod-networking-lab:proxyMode", { value: "nftables" });
  await stack.up(progress);
  t.deepEqual(await between(), ["10250-10250", "10256-10256", "2379-2380", "6443-6443"]);
  t.is((await outputs()).scenarios.service, undefined);
});

test.serial("after a destroy the API holds nothing of the lab, and this machine no container", async (t) => {
  await stack.destroy(progress);
  t.deepEqual(await holdings(api.ec2), empty);
  t.deepEqual(traces(stackName), []);
});
