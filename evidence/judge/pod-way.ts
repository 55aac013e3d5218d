import { contains, hostAddress, networkOf } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { ipv4 } from "../family.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parsePing } from "../parse/ping.ts";
import { parseNeighbours, parseRoutes } from "../parse/routes.ts";
import { prove } from "../prove.ts";

/** How a pod itself sends, and how its node sends to it. `others` are those that it was asked about. */
export function judgePodWay(report: Observations, pod: PodFacts, others: readonly PodFacts[], family = ipv4): Claim[] {
  const common = { scenario: pod.namespace, who: [pod.name] };
  return [
    prove(report, {
      ...common,
      kind: "pod-route",
      about: { pod: pod.name },
      expected: "default by way of cni0's address, and the pods of the node directly",
      from: [`pod-routes/${pod.name}`, "subnet"],
      // The code is that of the last question: the answers are judged one by one.
      answers: "any",
      read: (output, env) => {
        const { subnet } = parseSubnet(env, family);
        const gateway = hostAddress(subnet, 1);
        // An answer may begin with what kind of route it is: one to the pod's own second address is "local".
        const answers = output.replaceAll(/^(local|unicast|broadcast) /gm, "");
        const routes = answers.trim() === "" ? [] : parseRoutes(answers);
        const wanted = ["default", ...others.map(({ ip }) => ip)].map((destination) => {
          const direct = destination !== "default" && contains(subnet, destination);
          return { destination, way: direct ? "directly" : `via ${gateway}` };
        });
        const seen = wanted.map(({ destination }) => {
          const route = routes.find((one) => one.destination === destination);
          if (route === undefined) return "no way";
          const by = route.device === "eth0" ? "" : ` dev ${route.device ?? "none"}`;
          return `${route.via === undefined ? "directly" : `via ${route.via}`}${by}`;
        });
        const said = (ways: readonly string[]): string =>
          wanted.map(({ destination }, at) => `${destination} ${ways[at]}`).join(", ");
        const expected = said(wanted.map(({ way }) => way));
        return { expected, ok: said(seen) === expected, observed: said(seen) };
      },
    }),
    prove(report, {
      ...common,
      kind: "pod-prefix",
      about: { pod: pod.name },
      expected: "the prefix length of the node's pod CIDR",
      from: [`addresses/${pod.name}`, "subnet"],
      read: (shown, env) => {
        const length = networkOf(parseSubnet(env, family).subnet).split("/")[1]!;
        const seen = linkNamed(parseLinks(shown, family), "eth0").addresses.map(({ prefix }) => String(prefix));
        return {
          expected: `/${length}`,
          ok: seen.length > 0 && seen.every((prefix) => prefix === length),
          observed:
            seen.map((prefix) => `/${prefix}`).join(", ") || `no ${family.name === "ipv4" ? "IPv4" : "IPv6"} address`,
        };
      },
    }),
    prove(report, {
      ...common,
      kind: "pod-neighbour",
      about: { pod: pod.name, node: report.node },
      expected: `${pod.ip} at the MAC of ${pod.name}'s eth0`,
      from: [`pod-neighbour/${pod.name}`, `addresses/${pod.name}`],
      read: (neighbours, shown) => {
        const { mac } = linkNamed(parseLinks(shown), "eth0");
        // `ip neigh show ADDRESS dev DEVICE` leaves nothing out but the device.
        const entry = parseNeighbours(neighbours).find(({ address }) => address === pod.ip);
        return {
          expected: `${pod.ip} at ${mac ?? "a MAC"}`,
          ok: mac !== undefined && entry?.mac === mac && entry.state !== "FAILED",
          observed:
            entry === undefined ? `no entry for ${pod.ip}` : `${pod.ip} at ${entry.mac ?? "no MAC"}, ${entry.state}`,
        };
      },
    }),
  ];
}

/** So many at once that a rule which takes one of five is seen. */
export function proveLoss(report: Observations, from: PodFacts, to: PodFacts): Claim {
  return prove(report, {
    scenario: from.namespace,
    kind: "loss",
    about: { from: from.name, to: to.name },
    who: [from.name, to.name],
    expected: "50 of 50 answered",
    from: [`loss/${from.name}/${to.name}`],
    answers: [1],
    read: (output) => {
      const { sent, received } = parsePing(output);
      return { ok: sent === 50 && received === sent, observed: `${received} of ${sent} answered` };
    },
  });
}
