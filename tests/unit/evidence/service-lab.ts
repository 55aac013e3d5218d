// The lesson about Services as a real lab saw it: its transcripts, and what the judge is given of them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lessonServices, type ServiceEvidence } from "../../../evidence/judge/service.ts";
import { type Observations, observationsJson } from "../../../evidence/observation.ts";
import { parseServicePods, parseServices } from "../../../evidence/parse/service.ts";

const folder = join(import.meta.dirname, "../../transcripts/service");
const read = (name: string): Observations =>
  observationsJson.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
const nodes = [
  { name: "k8s-master", address: "172.28.88.10" },
  { name: "k8s-worker1", address: "172.28.88.11" },
  { name: "k8s-worker2", address: "172.28.88.12" },
];
const cluster = read("endpoints");
const said = (id: string): string => cluster.observations.find((one) => one.id === id)!.output;
const services = parseServices(said("services"));
const backends = parseServicePods(said("pods")).map((pod) => ({ ...pod, namespace: "service" }));
export const soundServices: ServiceEvidence = {
  scenario: "service",
  client: {
    name: "client",
    namespace: "service",
    uid: "4e9925b5-db95-4a77-a854-b1b99c61ec80",
    node: "k8s-worker1",
    ip: "10.244.2.9",
    containers: ["client"],
  },
  backends,
  addresses: Object.fromEntries(services.map(({ name, address }) => [name, address])),
  nodePort: services.find(({ name }) => name === lessonServices.nodePort)!.ports[0]!.nodePort!,
  podCidr: "10.244.0.0/16",
  nodes,
  cluster,
  reports: nodes.map(({ name }) => read(name)),
};
