// Every page of the course but load-balancer on instances of EC2, against the stand-in for Amazon of tests/live/aws.test.ts, which says what that does not
// prove: between the machines the security groups let through what the pages need, and what they need alone.
import { rmSync } from "node:fs";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import test from "ava";
import { hostArch } from "../../bundle/versions.ts";
import { holdings, startApi } from "../aws/api.ts";
import { homeWithStandIn } from "../aws/home.ts";
import { ensureMachineImage } from "../aws/machine.ts";
import { contract } from "../live/contract.ts";
import { configure, inMachine, reaches, root, setLessons, traces } from "../live/lab.ts";

const stackName = "live-lessons-aws";
const [machineCidr, publicCidr, me] = ["172.28.63.0/24", "172.28.70.0/24", "172.28.63.1/32"];
const graviton = hostArch() === "arm64";

await ensureMachineImage();
const api = await startApi("eu-central-1", publicCidr);
const empty = await holdings(api.ec2);
const pulumiHome = homeWithStandIn();
const stack = await LocalWorkspace.createOrSelectStack(
  { stackName, workDir: root },
  { pulumiHome, envVars: { ...api.env } },
);
await configure(stack, {
  platform: "aws",
  workers: 1,
  machineCidr,
  awsRegion: "eu-central-1",
  awsControlPlaneType: graviton ? "t4g.medium" : "t3.medium",
  awsWorkerType: graviton ? "t4g.small" : "t3.small",
});
await stack.setConfig("pod-networking-lab:awsAllowFrom[0]", { value: me }, true);
const progress = {
  onOutput: (text: string) => process.stderr.write(text),
  suppressOutputs: true,
  color: "never",
} as const;
const outputs = async () =>
  contract.parse(Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value])));
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

test.after.always(async () => {
  try {
    await stack.destroy(progress);
    await stack.workspace.removeStack(stackName);
  } finally {
    // As long as it runs, ava waits for this file.
    await api.stop();
    rmSync(pulumiHome, { recursive: true });
  }
});

test.serial("the pages hold on instances, from nothing", async (t) => {
  await setLessons(stack, ["pod-network", "service", "cluster-dns", "service-auto", "network-policy"]);
  await stack.up(progress);
  const { scenarios } = await outputs();
  t.is(scenarios["service-auto"]?.claims.length, 5);
  for (const page of ["service", "cluster-dns", "network-policy"] as const)
    t.true((scenarios[page]?.claims.length ?? 0) > 10, page);
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
