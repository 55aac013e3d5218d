// Every page of the course on a real lab of two nodes: kube-proxy in each mode, policies that come and go, lessons that touch no other, and each kind
// of their claims broken once. It does not prove other enforcers.
import test from "ava";
import { outputs as promised } from "../../components/outputs.ts";
import type { Claim } from "../../evidence/claim.ts";
import { contract } from "../live/contract.ts";
import {
  beginAndEndWithout,
  configure,
  container,
  inMachine,
  openStack,
  outputsOf,
  progress,
  run,
  setLessons,
  trace,
} from "../live/lab.ts";
import {
  type Balanced,
  type Bench,
  breakBalancers,
  breakCluster,
  breakNode,
  leaveAddress,
  letAllTo,
  mendCluster,
  mendNode,
  offer,
  refuseSome,
  takeAddress,
  takeRulesAway,
} from "./breakage.ts";

const stackName = "livelessons";
const podCidr = "10.229.0.0/16";
const config = {
  platform: "local",
  workers: 1,
  machineCidr: "172.28.73.0/24",
  portBase: 31300,
  podCidr,
};
const nodes = ["k8s-master", "k8s-worker1"];
const stack = await openStack(stackName, config);

const outputs = () => outputsOf(stack);
/** As they are promised of a lab in which things may be broken: then a journey may be empty. */
const scenarios = async () => promised.shape.scenarios.parse((await outputs())["scenarios"]);
async function teach(lessons: readonly string[], proxyMode: "iptables" | "nftables"): Promise<void> {
  await configure(stack, { ...config, proxyMode });
  await setLessons(stack, lessons);
}
let round = 0;
/** Runs every check again. @returns what the update said when it failed, or nothing */
async function verify(): Promise<string> {
  round += 1;
  await stack.setConfig("pod-networking-lab:verify", { value: `round ${round}` });
  return await stack.up(progress).then(
    () => "",
    (error: unknown) => String(error),
  );
}
/** Kinds of a lesson's claims of which not one fails. */
const unbroken = (claims: readonly Claim[]): readonly string[] => {
  const failing = new Set(claims.filter(({ ok }) => !ok).map(({ kind }) => kind));
  return [...new Set(claims.map(({ kind }) => kind))].filter((kind) => !failing.has(kind));
};
const onAll = (command: string): void => nodes.forEach((node) => inMachine(stackName, node, command));
const kubectl = (words: string): string =>
  inMachine(stackName, "k8s-master", `kubectl --kubeconfig=/etc/kubernetes/admin.conf ${words}`);
/** How many images the node has whose names have that in them. */
const images = (node: string, of: string): number =>
  Number(inMachine(stackName, node, `ctr --namespace=k8s.io images list --quiet 2>/dev/null | grep -c ${of} || true`));
/** Lines of that kind among what both engines of rules have on a node. */
const rules = (node: string, pattern: string): number =>
  Number(inMachine(stackName, node, `(iptables-save; nft list tables) 2>/dev/null | grep -c -E '${pattern}' || true`));

async function bench(): Promise<Bench> {
  const { service, "cluster-dns": dns, "service-auto": auto } = await scenarios();
  const specOf = (name: string, path: string, namespace = "service"): string =>
    kubectl(`get service ${name} --namespace ${namespace} --output jsonpath='{.spec.${path}}'`);
  const ipOf = (of: typeof service, name: string): string => of!.pods.find((pod) => pod.name === name)!.ip;
  const here = service!.pods.find(({ name }) => name === "client")!.node;
  const behind = service!.pods.filter(({ name }) => name.startsWith("hello-world-")).map(({ ip }) => ip);
  return {
    here,
    there: nodes.find((node) => node !== here)!,
    podCidr,
    client: ipOf(service, "client"),
    backends: [behind[0]!, behind[1]!],
    dnsClient: ipOf(dns, "client"),
    database: ipOf(auto, "redis"),
    replica: kubectl(
      "get pods --namespace kube-system --selector k8s-app=kube-dns --output jsonpath='{.items[0].status.podIP}'",
    ),
    clusterIp: specOf("hello-world", "clusterIP"),
    stickyIp: specOf("hello-world-sticky", "clusterIP"),
    emptyIp: specOf("hello-world-empty", "clusterIP"),
    dnsIp: specOf("kube-dns", "clusterIP", "kube-system"),
    redisIp: specOf("redis", "clusterIP", "service-auto"),
    nodePort: Number(specOf("hello-world-nodeport", "ports[0].nodePort")),
    localPort: Number(specOf("hello-world-local", "ports[0].nodePort")),
  };
}

beginAndEndWithout(stack, test);

test.serial("with one worker every page of [all] holds, kube-proxy in its default mode", async (t) => {
  await teach(["all"], "iptables");
  await stack.up(progress);
  // As they are promised of a lab whose claims all hold.
  contract
    .omit({ verification: true })
    .loose()
    .parse(await outputs());
  const taught = await scenarios();
  t.true((taught.service?.claims.length ?? 0) > 20);
  t.true((taught["cluster-dns"]?.claims.length ?? 0) > 10);
  t.is(taught["service-auto"]?.claims.length, 5);
  t.is(taught["network-policy"], undefined);
});

test.serial(
  "each kind of claim about Services, names and discovery says no, and holds again once it is mended",
  async (t) => {
    const lab = await bench();
    for (const node of nodes) inMachine(stackName, node, breakNode(node, lab));
    inMachine(stackName, "k8s-master", breakCluster(lab));
    try {
      t.not(await verify(), "");
      const broken = await scenarios();
      for (const lesson of ["service", "cluster-dns", "service-auto"] as const)
        t.deepEqual(unbroken(broken[lesson]!.claims), [], lesson);
    } finally {
      onAll(mendNode);
      inMachine(stackName, "k8s-master", mendCluster(lab));
    }
    t.is(await verify(), "");
  },
);

test.serial(
  "beside the enforcer, which accepts before kube-proxy refuses, a Service without endpoints refuses",
  async (t) => {
    await teach(["pod-network", "service", "network-policy"], "iptables");
    t.is(await verify(), "");
    // Once the enforcer has written its rules for every pod.
    t.is(await verify(), "");
    t.is(trace(stackName, "service/client", "svc/hello-world-empty.service").result.verdict, "refused");
    await teach(["pod-network", "service"], "iptables");
    t.is(await verify(), "");
  },
);

test.serial("another mode leaves nothing of the first; a rule that no policy has made is told from one", async (t) => {
  onAll(refuseSome);
  await teach(["pod-network", "service", "network-policy"], "nftables");
  t.not(await verify(), "");
  const met = await scenarios();
  t.true(met["network-policy"]?.claims.some(({ kind, ok }) => kind === "policy-ignored" && !ok));
  onAll(takeRulesAway);
  for (const node of nodes) {
    t.is(rules(node, "KUBE-(SVC|SEP|SERVICES)"), 0, node);
    t.true(rules(node, "table ip kube-proxy") > 0, node);
    t.true(rules(node, "KUBE-ROUTER-FORWARD") > 0, node);
  }
});

test.serial(
  "what the lesson about policies wrote goes with it, and comes with it; another lesson is not even looked at",
  async (t) => {
    await teach(["pod-network", "service"], "nftables");
    t.is(await verify(), "");
    const without = await scenarios();
    t.is(without["network-policy"], undefined);
    for (const node of nodes) {
      t.is(rules(node, "KUBE-(ROUTER|POD-FW|NWPLCY)"), 0, node);
      for (const image of ["kube-router", "redis"]) t.is(images(node, image), 0, `${node}: ${image}`);
    }
    await teach(["pod-network", "service", "network-policy", "load-balancer"], "nftables");
    await stack.up(progress);
    const { "network-policy": policies, "load-balancer": balancers, ...others } = await scenarios();
    t.is(balancers?.claims.length, 2 * (1 + 2 + 1 + 2 + 1));
    // With what was observed, and when.
    t.deepEqual(others, without);
    const kinds = new Set(policies?.claims.map(({ kind }) => kind));
    t.deepEqual([...kinds].toSorted(), ["policy-ignored", "policy-matrix", "policy-rule"]);
  },
);

test.serial("a trace names the rule of the other mode, and the policy that turned a packet away", (t) => {
  const through = trace(stackName, "service/client", "svc/hello-world.service").result;
  t.is(through.verdict, "answered");
  t.regex(through.translations?.[0]?.rule?.rule ?? "", /\bdnat\b/);
  const [from, to] = ["network-policy/stranger", "network-policy/by-pod"];
  const denied = trace(stackName, from, to, "--proto", "tcp", "--port", "8080").result;
  t.not(denied.verdict, "answered");
  const [cause] = denied.loss?.why.causes ?? [];
  t.is(cause?.kind === "rule" && cause.see, "kubectl describe networkpolicy --namespace network-policy");
});

test.serial("a policy that is passed by is seen: who gets through, and the rule that counts nobody", async (t) => {
  const pod = (await scenarios())["network-policy"]!.pods.find(({ name }) => name === "by-pod")!;
  onAll(letAllTo(pod.ip));
  t.not(await verify(), "");
  // That flannel ignores policies was looked at once.
  t.deepEqual(unbroken((await scenarios())["network-policy"]!.claims), ["policy-ignored"]);
  onAll(takeRulesAway);
  t.is(await verify(), "");
});

test.serial("back in the default mode nothing of the other is left, nor of the policies", async (t) => {
  // At once: the enforcer writes a node's filters as a whole, and must not undo what kube-proxy writes there at the same moment.
  await teach(["pod-network", "service", "load-balancer"], "iptables");
  t.is(await verify(), "");
  for (const node of nodes) {
    t.is(rules(node, "KUBE-(ROUTER|POD-FW|NWPLCY)"), 0, node);
    t.is(rules(node, "table ip kube-proxy"), 0, node);
    t.true(rules(node, "KUBE-SVC") > 0, node);
  }
});

const outsideOf = (name: string): string =>
  kubectl(`get service ${name} --namespace load-balancer --output jsonpath='{.status.loadBalancer.ingress[0].ip}'`);
const balanced = (): Balanced => ({ plain: outsideOf("hello-world"), local: outsideOf("hello-world-local") });
/** Nodes whose speakers say that they answer for a Service's address. */
const announcersOf = (service: string): readonly string[] =>
  nodes.filter((node, index) => {
    const said = inMachine(stackName, node, `curl --silent http://172.28.73.${10 + index}:7472/metrics`);
    return new RegExp(`^metallb_speaker_announced\\{.*service="load-balancer/${service}"\\} 1$`, "m").test(said);
  });
const announcerOf = (service: string): string => announcersOf(service)[0]!;
/** What this machine, which is on the machines' network, is answered at an address; nothing within two seconds. */
const called = async (address: string): Promise<string> =>
  await fetch(`http://${address}/`, { headers: { connection: "close" }, signal: AbortSignal.timeout(2000) }).then(
    async (answer) => await answer.text(),
    () => "",
  );

test.serial("this machine gets a pod at an address that is no machine's, and a trace says by which node", async (t) => {
  const addresses = balanced();
  for (const address of Object.values(addresses)) t.regex(await called(address), /^Hostname: hello-world-/m, address);
  const { result, code } = trace(stackName, "outside", "svc/hello-world.load-balancer");
  t.is(code, 0, JSON.stringify(result.loss));
  t.is(result.through?.address, addresses.plain);
  t.is(result.hops[0]?.machine, announcerOf("hello-world"));
  t.is(result.hops[0]?.destination, addresses.plain);
  t.is(trace(stackName, "service/client", addresses.plain).result.verdict, "answered");
});

test.serial("each kind of claim about addresses for those outside says no, and holds again", async (t) => {
  const addresses = balanced();
  const announced = ["balancer-announced"] as const;
  onAll(breakBalancers(addresses));
  kubectl(offer("172.28.73.250-172.28.73.254"));
  try {
    t.not(await verify(), "");
    t.deepEqual(unbroken((await scenarios())["load-balancer"]!.claims), announced);
  } finally {
    onAll(takeRulesAway);
    kubectl(offer("172.28.73.251-172.28.73.254"));
  }
  // By itself: a node that has the address calls nobody.
  const other = nodes.find((node) => node !== announcerOf("hello-world"))!;
  inMachine(stackName, other, takeAddress(addresses.plain));
  try {
    t.not(await verify(), "");
    const failing = (await scenarios())["load-balancer"]!.claims.filter(({ ok }) => !ok);
    t.true(failing.some(({ kind }) => kind === announced[0]));
  } finally {
    inMachine(stackName, other, leaveAddress(addresses.plain));
  }
  t.is(await verify(), "");
});

test.serial("when the node that answers is gone, another one answers", async (t) => {
  const { plain } = balanced();
  const answering = announcerOf("hello-world");
  const gone = container(stackName, answering);
  run("docker", "pause", gone);
  try {
    const end = Date.now() + 60_000;
    let answer = "";
    // The one that is left may choose a pod of the one that is gone until the API server has noticed.
    while (answer === "" && Date.now() < end) answer = await called(plain);
    t.regex(answer, /^Hostname: hello-world-/m);
  } finally {
    run("docker", "unpause", gone);
  }
  const ready = "kubectl --kubeconfig=/etc/kubernetes/admin.conf wait --for=condition=Ready nodes --all --timeout=10s";
  inMachine(stackName, "k8s-master", `until ${ready}; do sleep 1; done`);
  // It was only frozen, and has not noticed that another one answered, until the two meet again: the checks wait for that.
  t.is(await verify(), "");
  t.is(announcersOf("hello-world").length, 1);
});

test.serial("what gave the addresses goes, with its kinds, and another lesson is not even looked at", async (t) => {
  const { "load-balancer": _, ...before } = await scenarios();
  await teach(["pod-network", "service"], "iptables");
  await stack.up(progress);
  t.deepEqual(await scenarios(), before);
  t.is(kubectl("get customresourcedefinitions --output name").trim(), "");
  t.is(kubectl("get namespaces load-balancer --ignore-not-found --output name").trim(), "");
  for (const node of nodes) t.is(images(node, "metallb"), 0, node);
});
