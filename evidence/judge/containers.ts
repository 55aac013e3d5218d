import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import { judgeLocalhost } from "./localhost.ts";
import { proveAddress, provePeer } from "./pod.ts";
import type { Observations } from "../observation.ts";
import { parseContainers, parseNamespaceLink, parseNamespaces, parsePodContainers } from "../parse/ctr.ts";
import { ipv4 } from "../family.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { prove } from "../prove.ts";
import { ofFamily } from "../second.ts";

/** Types of namespaces that the containers of a pod share, and those that each has for itself. */
const shared = ["network", "ipc", "uts"];
const own = ["pid", "mount"];

/** What the course shows of a pod with several containers, from the report of nodes/observe/containers.sh. */
export function judgeContainers(pod: PodFacts, report: Observations, family = ipv4): Claim[] {
  const scenario = pod.namespace;
  const containers = { pod: pod.name, containers: pod.containers };
  const names = pod.containers.join(" and ");
  const namespaces = pod.containers.map((container) => `namespaces/${container}` as const);
  return [
    prove(report, {
      scenario,
      kind: "containers-on-node",
      about: { ...containers, node: pod.node },
      expected: `a net-box container for each of ${names}`,
      from: ["containers", "pod"],
      read: (list, running) => {
        const ids = parsePodContainers(running);
        const rows = parseContainers(list);
        const imageOf = (container: string): string =>
          rows.find((row) => row.id === ids.get(container))?.image ?? "not in the list";
        return {
          ok: pod.containers.every((container) => /\/net-box(:|@|$)/.test(imageOf(container))),
          observed: pod.containers
            .map(
              (container) => `${container} ${ids.get(container)?.slice(0, 12) ?? "not running"}: ${imageOf(container)}`,
            )
            .join("; "),
        };
      },
    }),
    prove(report, {
      scenario,
      kind: "same-namespaces",
      about: containers,
      expected: `one path for each of ${shared.join(", ")}`,
      from: namespaces,
      read: (...outputs) => {
        const given = outputs.map(parseNamespaces);
        const paths = shared.map((type) => [...new Set(given.map((one) => one.get(type) ?? "one of its own"))]);
        return {
          ok: paths.every(([path, ...others]) => path !== undefined && path.startsWith("/") && others.length === 0),
          observed: shared.map((type, at) => `${type}: ${paths[at]!.join(" and ")}`).join("; "),
        };
      },
    }),
    prove(report, {
      scenario,
      kind: "own-namespaces",
      about: containers,
      expected: `no path for ${own.join(" and ")}: a new namespace each`,
      from: namespaces,
      read: (...outputs) => {
        const given = outputs.map(parseNamespaces);
        const joined = given.flatMap((one, at) =>
          own.flatMap((type) => {
            if (!one.has(type)) return [`${pod.containers[at]} has no ${type} namespace`];
            const path = one.get(type);
            return path === undefined ? [] : [`${pod.containers[at]} joined ${path}`];
          }),
        );
        return {
          ok: joined.length === 0,
          observed: joined.join("; ") || `new ${own.join(" and ")} namespaces in each`,
        };
      },
    }),
    prove(report, {
      scenario,
      kind: "same-network-inode",
      about: containers,
      expected: "the same inode behind /proc/PID/ns/net",
      from: pod.containers.map((container) => `network-namespace/${container}` as const),
      read: (...outputs) => {
        const inodes = outputs.map(parseNamespaceLink);
        return { ok: new Set(inodes).size === 1, observed: inodes.map((inode) => `net:[${inode}]`).join(" and ") };
      },
    }),
    ...ofFamily([proveAddress(report, { pod, addresses: "addresses", family })], family),
    prove(report, {
      scenario,
      kind: "pod-mtu",
      about: { pod: pod.name, node: pod.node },
      expected: "eth0's MTU is FLANNEL_MTU",
      from: ["addresses", "subnet"],
      read: (addresses, env) => {
        const { mtu } = parseSubnet(env, family);
        const seen = linkNamed(parseLinks(addresses), "eth0").mtu;
        return { expected: `MTU ${mtu}, from FLANNEL_MTU`, ok: seen === mtu, observed: `MTU ${seen}` };
      },
    }),
    provePeer(report, { pod, addresses: "addresses" }),
    ...judgeLocalhost(pod, report),
  ];
}
