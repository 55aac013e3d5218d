// The lesson about Services as a real lab saw it: its transcripts, and what the judge is given of them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lessonServices, type ServiceEvidence } from "../../../evidence/judge/service-lesson.ts";
import { type Observations, observationsJson } from "../../../evidence/observation.ts";
import { parseServicePods, parseServices, type ProxyMode } from "../../../evidence/parse/service.ts";

const folders = { iptables: "service", nftables: "service-nftables" } as const;
const read = (mode: ProxyMode, name: string): Observations => {
  const file = join(import.meta.dirname, "../../transcripts", folders[mode], `${name}.json`);
  return observationsJson.parse(JSON.parse(readFileSync(file, "utf8")));
};
const nodes = [
  { name: "k8s-master", address: "172.28.85.10" },
  { name: "k8s-worker1", address: "172.28.85.11" },
  { name: "k8s-worker2", address: "172.28.85.12" },
];
const client = {
  name: "client",
  namespace: "service",
  uid: "167ff98f-a1c3-4ba3-a18e-08253472c25d",
  node: "k8s-worker1",
  ip: "10.244.2.9",
  containers: ["client"],
};

/** The same lab with kube-proxy in either mode. */
function servicesWith(proxyMode: ProxyMode): ServiceEvidence {
  const cluster = read(proxyMode, "endpoints");
  const said = (id: string): string => cluster.observations.find((one) => one.id === id)!.output;
  const services = parseServices(said("services"));
  const pods = parseServicePods(said("pods")).map((pod) => ({ ...pod, namespace: "service" }));
  const portOf = (service: string): number => services.find(({ name }) => name === service)!.ports[0]!.nodePort!;
  return {
    scenario: "service",
    client,
    backends: pods.filter(({ containers }) => containers.includes("hello-app")),
    echoes: pods.filter(({ containers }) => containers.includes("echo")),
    addresses: Object.fromEntries(services.map(({ name, address }) => [name, address])),
    nodePort: portOf(lessonServices.nodePort),
    localPort: portOf(lessonServices.local),
    podCidr: "10.244.0.0/16",
    proxyMode,
    nodes,
    cluster,
    reports: nodes.map(({ name }) => read(proxyMode, name)),
  };
}
export const soundServices = servicesWith("iptables");
export const soundNftables = servicesWith("nftables");
