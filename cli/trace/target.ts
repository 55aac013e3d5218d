import { nearest } from "../../components/settings/nearest.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { Protocol } from "../../evidence/journey/marked.ts";
import type { ScriptResult } from "../../nodes/script.ts";
import type { Node } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";
import { choosePod } from "./pods.ts";

type Pod = ScriptResult<"observe/list-pods">[number];
export type ListedService = ScriptResult<"observe/list-services">[number];
export type ServicePort = ListedService["ports"][number];

/** What the cluster has, as far as a trace may go to it. */
export interface Known {
  readonly pods: readonly Pod[];
  readonly services: readonly ListedService[];
  readonly nodes: readonly Node[];
}

/** A Service that is called at one of its ports, and the pods that may answer. */
export interface Called {
  readonly service: ListedService;
  readonly port: ServicePort;
  /** NAMESPACE/NAME. */
  readonly title: string;
  readonly backends: readonly Backend[];
}

export interface Backend {
  readonly pod: PodFacts;
  readonly port: number;
}

export type Target =
  | { readonly kind: "pod"; readonly pod: PodFacts }
  /** At its own address, at its port on a node, or at the address for callers outside, for which that node answers. */
  | ({ readonly kind: "service"; readonly address: string; readonly node?: Node } & Called)
  | { readonly kind: "address"; readonly address: string; readonly node?: Node }
  /** To be looked up first. */
  | { readonly kind: "name"; readonly host: string };

/** Where a packet can be sent. */
export type Reached = Exclude<Target, { kind: "name" }>;

const serviceName = ({ namespace, name }: ListedService): string => `${namespace}/${name}`;
const ipv4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The name by which a pod of that namespace calls a Service. */
export const nameFrom = (caller: string, { namespace, name }: Pick<ListedService, "namespace" | "name">): string =>
  namespace === caller ? name : `${name}.${namespace}`;

/**
 * What a user means: `svc/NAME[.NAMESPACE]`, `node/NAME`, an IPv4 address, a pod, or a DNS name. Pure.
 * @throws Problem naming what can be written instead
 */
export function chooseTarget(
  wanted: string,
  known: Known,
  asked: { readonly port?: number; readonly protocol?: Protocol },
): Target {
  if (wanted.startsWith("svc/")) return throughService(chooseService(wanted, known), known, asked);
  if (wanted.startsWith("node/")) {
    const node = known.nodes.find(({ name }) => name === wanted.slice("node/".length));
    if (node === undefined)
      throw new Problem(
        `no node "${wanted.slice(5)}"; the nodes are ${known.nodes.map(({ name }) => name).join(", ")}`,
        2,
      );
    return onNode(node, known, asked);
  }
  if (ipv4.test(wanted)) return targetAt(wanted, known, asked);
  const pod = known.pods.some(({ namespace, name }) => wanted === name || wanted === `${namespace}/${name}`);
  if (!pod && wanted.includes(".") && !wanted.includes("/")) return { kind: "name", host: wanted };
  return { kind: "pod", pod: choosePod(known.pods, wanted) };
}

/** Whose address it is: a Service's, a pod's, a node's, or none of the lab's. Pure. @throws Problem where the Service has no such port */
export function targetAt(
  address: string,
  known: Known,
  asked: { readonly port?: number; readonly protocol?: Protocol },
): Reached {
  const service = known.services.find((one) => one.address === address);
  if (service !== undefined) return throughService(service, known, asked);
  const balanced = known.services.find(({ balancers }) => balancers.includes(address));
  if (balanced !== undefined) {
    const target = throughService(balanced, known, asked);
    const announcer = known.nodes.find(({ name }) => name === balanced.announcer);
    return target.kind === "service" ? { ...target, address, ...(announcer && { node: announcer }) } : target;
  }
  const pod = known.pods.find(({ ip, hostNetwork, phase }) => ip === address && !hostNetwork && phase === "Running");
  if (pod !== undefined) return { kind: "pod", pod: choosePod(known.pods, `${pod.namespace}/${pod.name}`) };
  const node = known.nodes.find((one) => one.address === address);
  return node === undefined ? { kind: "address", address } : onNode(node, known, asked);
}

/** The port that is called: a Service's own, but on a node the one that was asked for. Pure. */
export function portOf(target: Reached, asked: { readonly port?: number }): number | undefined {
  const own = target.kind === "service" && target.address !== target.node?.address ? target.port.port : undefined;
  return own ?? asked.port;
}

/** A node at the port of a Service is that Service; at any other it is what listens there itself. */
function onNode(node: Node, known: Known, asked: { readonly port?: number }): Reached {
  for (const service of known.services) {
    const port = service.ports.find(({ nodePort }) => nodePort !== 0 && nodePort === asked.port);
    if (port === undefined) continue;
    const target = throughService(service, known, { port: port.port });
    if (target.kind === "service") return { ...target, address: node.address, node };
  }
  return { kind: "address", address: node.address, node };
}

function chooseService(wanted: string, { services }: Known): ListedService {
  const [name = "", namespace] = wanted.slice("svc/".length).split(".");
  const found = services.filter((one) => one.name === name && (namespace === undefined || one.namespace === namespace));
  const [service, another] = found;
  const write = (all: readonly ListedService[]): string =>
    all.map((one) => `svc/${one.name}.${one.namespace}`).join(", ");
  if (service === undefined) {
    const meant = nearest(
      wanted,
      services.flatMap((one) => [`svc/${one.name}`, `svc/${one.name}.${one.namespace}`]),
    );
    throw new Problem(
      `no Service "${wanted}"; ${meant === undefined ? `the Services are ${write(services)}` : `did you mean ${meant}?`}`,
      2,
    );
  }
  if (another !== undefined)
    throw new Problem(`"${wanted}" is the name of ${found.length} Services; write one of ${write(found)}`, 2);
  if (!ipv4.test(service.address))
    throw new Problem(
      `${serviceName(service)} has no address of its own (headless): its name is its pods' addresses; name one of the pods, ` +
        service.selected.map((pod) => `${service.namespace}/${pod.name}`).join(", "),
      2,
    );
  return service;
}

function throughService(
  service: ListedService,
  { pods }: Known,
  { port: wanted, protocol }: { readonly port?: number; readonly protocol?: Protocol },
): Reached {
  if (protocol === "icmp")
    throw new Problem(
      `${serviceName(service)} takes its ports alone: no device has its address, and nobody answers a ping; leave out --proto`,
      2,
    );
  const port = service.ports.find(
    (one) =>
      (wanted === undefined || one.port === wanted) &&
      (protocol === undefined || one.protocol.toLowerCase() === protocol),
  );
  if (port === undefined)
    throw new Problem(
      `${serviceName(service)} has no port ${[wanted, protocol].filter((part) => part !== undefined).join("/")}; its ports are ${service.ports.map((one) => `${one.port}/${one.protocol}`).join(", ")}`,
      2,
    );
  const backends = service.endpoints
    .filter(({ ready, name }) => ready && name === port.name)
    .flatMap((endpoint): Backend[] => {
      const pod = pods.find(({ ip, phase }) => ip === endpoint.address && phase === "Running");
      if (pod === undefined) return [];
      // What listens in a node's own network is one of many there, and not always a pod.
      const name = pod.hostNetwork ? `node/${pod.node}` : `${pod.namespace}/${pod.name}`;
      return [{ pod: { ...pod, name }, port: endpoint.port }];
    });
  return { kind: "service", address: service.address, service, port, title: serviceName(service), backends };
}

/** Why a Service that refuses does so, and what shows it. Pure. */
export function whyRefused({ service, port, backends }: Called): { readonly why: string; readonly see: string } {
  const { selector, selected, namespace, name } = service;
  const see = `kubectl describe service --namespace ${namespace} ${name}`;
  const words = selector.join(",");
  if (selector.length === 0)
    return { why: "the Service has no selector, and nobody has written endpoints for it by hand", see };
  if (selected.length === 0)
    return {
      why: `no pod of ${namespace} has the labels of its selector, ${words}, so that nothing stands behind it; kube-proxy refuses such packets at once`,
      see: `kubectl get pods --namespace ${namespace} --show-labels`,
    };
  if (backends.length === 0) {
    const unready = selected.filter(({ ready }) => !ready).map((pod) => pod.name);
    return unready.length > 0
      ? {
          why: `its selector ${words} fits ${selected.length}, of which none is ready: ${unready.join(", ")}`,
          see: `kubectl describe pod --namespace ${namespace} ${unready[0]}`,
        }
      : { why: `its targetPort ${port.targetPort} is no port of its pods`, see };
  }
  const declared = [...new Set(selected.flatMap((pod) => pod.ports))];
  const other = declared.length > 0 && !declared.some((one) => String(one) === port.targetPort);
  return {
    why: `nothing listens on the pod's port ${backends[0]?.port}, to which the Service's targetPort ${port.targetPort} leads${other ? `; its containers declare ${declared.join(", ")}` : ""}`,
    see,
  };
}
