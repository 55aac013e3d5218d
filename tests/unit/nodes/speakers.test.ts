// Proves what the scripts make of what MetalLB's speakers say of themselves, and of who called, with stand-ins for a node's programs. It does not prove that MetalLB
// says it so.
import test from "ava";
import { observationsJson } from "../../../evidence/observation.ts";
import { parseResult, readScript } from "../../../nodes/script.ts";
import { newRoot } from "./root.ts";

const said = (node: string, ...services: string[]): string =>
  [
    "# TYPE metallb_speaker_announced gauge",
    ...services.map(
      (service) => `metallb_speaker_announced{ip="10.0.0.252",node="${node}",protocol="layer2",service="${service}"} 1`,
    ),
    "go_goroutines 3",
  ].join("\n");
const pods = ["one", "two"].map((uid) => ({ conditions: { ready: true }, targetRef: { uid } }));
const kubectl = `case "$*" in
  *endpointslices*) echo '${JSON.stringify({ items: [{ endpoints: pods }] })}' ;;
  *logs*) echo "[pod/speaker-1/speaker] its last words" ;;
  *) echo '{"items": []}' ;;
esac`;
const params = {
  NODES: "k8s-master=10.0.0.10 k8s-worker1=10.0.0.11",
  POD_NAMESPACE: "load-balancer",
  POD_LABEL: "app=hello-world",
  REPLICAS: "2",
  BALANCERS: "2",
};
/** What the observer prints where the speakers of two nodes say this; it waits five seconds at most. */
async function look(t: Parameters<typeof newRoot>[0], master: string, worker: string) {
  const root = newRoot(t, {
    kubectl,
    "systemd-detect-virt": "echo none",
    curl: `case "$*" in
  *10.0.0.10:7472/metrics) echo '${master}' ;;
  *10.0.0.11:7472/metrics) echo '${worker}' ;;
esac`,
  });
  root.write("etc/podnet/node-name", "k8s-master");
  const { stdout, stderr } = await root.run(readScript("observe/balancers").replace("waiting=60", "waiting=5"), params);
  const { observations } = observationsJson.parse(JSON.parse(stdout));
  return { announcers: JSON.parse(observations.find(({ id }) => id === "announcers")!.output) as unknown, stderr };
}

test("each speaker is asked which Services it announces; another namespace's of the same name is not one of them", async (t) => {
  const { announcers, stderr } = await look(
    t,
    said("k8s-master", "load-balancer/hello-world", "default/hello-world"),
    said("k8s-worker1", "load-balancer/hello-world-local"),
  );
  t.deepEqual(announcers, [
    { node: "k8s-master", namespace: "load-balancer", service: "hello-world" },
    { node: "k8s-worker1", namespace: "load-balancer", service: "hello-world-local" },
  ]);
  t.is(stderr, "");
});

test("as long as two announce one address it is waited; in vain, it is said who was asked and what was seen", async (t) => {
  const { announcers, stderr } = await look(
    t,
    said("k8s-master", "load-balancer/hello-world", "load-balancer/hello-world-local"),
    said("k8s-worker1", "load-balancer/hello-world"),
  );
  t.is((announcers as unknown[]).length, 3);
  t.regex(stderr, /waited 5 s for one node to answer for each address, in vain/);
  t.regex(
    stderr,
    /asked k8s-master=10\.0\.0\.10 k8s-worker1=10\.0\.0\.11 \(port 7472\) who announces 2 Services.* they say: \[\{"node":"k8s-master"/,
  );
  t.regex(stderr, /its last words/);
});

test("two Services of one name with two nodes are not taken for all of them", async (t) => {
  const { stderr } = await look(
    t,
    said("k8s-master", "load-balancer/hello-world"),
    said("k8s-worker1", "load-balancer/hello-world"),
  );
  t.regex(stderr, /in vain/);
});

test("a trace learns from the speakers which node answers for a Service", async (t) => {
  const service = (name: string, ip?: string) => ({
    kind: "Service",
    metadata: { namespace: "default", name },
    spec: { clusterIP: "10.96.0.9", ports: [] },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
  });
  const speaker = {
    kind: "Pod",
    metadata: { namespace: "metallb-system", name: "speaker-1", labels: { app: "metallb", component: "speaker" } },
    spec: { containers: [{}] },
    status: { hostIP: "10.0.0.11" },
  };
  const items = { items: [service("outer", "10.0.0.252"), service("inner"), speaker] };
  const root = newRoot(t, {
    kubectl: `echo '${JSON.stringify(items)}'`,
    "systemd-detect-virt": "echo none",
    curl: `case "$*" in *10.0.0.11:7472/metrics) echo '${said("k8s-worker1", "default/outer")}' ;; *) exit 7 ;; esac`,
  });
  const { stdout, stderr } = await root.run(readScript("observe/list-services"));
  t.is(stderr, "");
  t.deepEqual(
    parseResult("observe/list-services", stdout).map(({ name, announcer }) => [name, announcer]),
    [
      ["outer", "k8s-worker1"],
      ["inner", ""],
    ],
  );
});

test("a node that answers and is not called says whose calls it waited for, and which came", async (t) => {
  const root = newRoot(t, {
    "systemd-detect-virt": "echo none",
    ip: 'echo "2: eth1 inet 10.0.0.10/24"',
    nft: 'case "$*" in "list table "*) exit 1 ;; *) cat >/dev/null ;; esac',
    "iptables-save": "echo '-A KUBE-SERVICES -d 10.0.0.252/32 -p tcp -j KUBE-EXT-A'",
    curl: "echo Hostname: one",
    busybox: 'echo "$*"',
    conntrack: "echo 'tcp 6 119 TIME_WAIT src=10.0.0.11 dst=10.0.0.252 sport=18000 dport=80'",
  });
  root.write("etc/podnet/node-name", "k8s-master");
  root.write("proc/sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait", "120\n");
  const script = readScript("observe/balancer").replace('nodes" 30 called', 'nodes" 3 called');
  const { stdout, stderr } = await root.run(script, {
    NODES: "k8s-master=10.0.0.10 k8s-worker1=10.0.0.11 k8s-worker2=10.0.0.12",
    PROXY_MODE: "iptables",
    BALANCERS: "hello-world=10.0.0.252=k8s-master",
  });
  t.regex(
    stderr,
    /asked k8s-master's table of connections for calls of 2 other nodes at 10\.0\.0\.252; it has those of 10\.0\.0\.11$/m,
  );
  const { observations } = observationsJson.parse(JSON.parse(stdout));
  t.regex(observations.find(({ id }) => id === "arp/hello-world")?.command ?? "", /-I eth1 10\.0\.0\.252$/);
  t.false(
    observations.some(({ id }) => id.startsWith("outside/")),
    "it does not call itself past its own rules",
  );
});
