import type { PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { decide, parsePolicy, parseTables } from "../parse/policy.ts";
import type { RouteCause, SettingCause } from "./cause.ts";
import { outwardOf, podsOn, type Scene, seenAs } from "./scene.ts";

/** What a node decides about a packet that comes in by one interface. */
interface Way {
  readonly id: "route/request" | "route/reply";
  readonly source: string;
  readonly destination: string;
  readonly iif: string;
  /** Where it has to go. */
  readonly device: string;
}

function waysOf(scene: Scene, report: Observations): readonly Way[] {
  const { from, to, nodes } = scene;
  // Between pods of one node the bridge hands it over.
  if (nodes.length < 2) return [];
  const outward = outwardOf(scene, report);
  const [out, back] = report.node === from.node ? [outward, "cni0"] : ["cni0", outward];
  const [request, reply] = report.node === from.node ? ["cni0", outward] : [outward, "cni0"];
  return [
    { id: "route/request", source: from.ip, destination: to.ip, iif: request, device: out },
    { id: "route/reply", source: to.ip, destination: from.ip, iif: reply, device: back },
  ];
}

/** Routes of one node and of its pods that do not lead where the packet, or its answer, must go. */
export function findRoutes(scene: Scene, report: Observations): readonly RouteCause[] {
  const ofNode = waysOf(scene, report).flatMap((way) => routeCause(report, way));
  return [...podsOn(scene, report.node).flatMap((pod) => podRouteCause(scene, report, pod)), ...ofNode];
}

function routeCause(report: Observations, way: Way): RouteCause[] {
  const found = report.observations.find(({ id }) => id === way.id);
  if (found === undefined) return [];
  const decision = found.output.trim().split("\n")[0] ?? "";
  const device = / dev (\S+)/.exec(decision)?.[1];
  if (found.exit === 0 && device === way.device) return [];
  const decided = decide(way, parsePolicy(seenAs(report, "policy")), parseTables(seenAs(report, "tables")));
  const type = decided?.route?.type ?? (decided === undefined ? "none" : "refused");
  // The route is right: a setting refuses the packet.
  if (found.exit !== 0 && decided?.route?.text.includes(` dev ${way.device}`)) return [];
  const common = { kind: "route", node: report.node, destination: way.destination } as const;
  const see = "ip rule; ip -4 route show table all";
  if (decided === undefined) return [{ ...common, what: "none", decision, see: found.command }];
  const policy = decided.route?.table === "main" || decided.route?.table === "local" ? undefined : decided.rule;
  return [
    {
      ...common,
      what: found.exit === 0 && type !== "refused" ? "elsewhere" : "refused",
      decision: decided.route?.text ?? decision,
      ...(decided.route !== undefined && { table: decided.route.table }),
      ...(policy !== undefined && { rule: `${policy.priority}: ${policy.text}` }),
      see,
      ...(policy !== undefined && { mend: `ip rule del pref ${policy.priority}` }),
    },
  ];
}

function podRouteCause({ nodes, from, to }: Scene, report: Observations, pod: PodFacts): RouteCause[] {
  const found = report.observations.find(({ id }) => id === `pod-route/${pod.name}`);
  if (found === undefined) return [];
  const decision = found.output.trim().split("\n")[0] ?? "";
  const direct = / dev eth0\b/.test(decision) && !/ via /.test(decision);
  const common = {
    kind: "route",
    node: report.node,
    pod: pod.name,
    destination: pod === from ? to.ip : from.ip,
  } as const;
  // Without its interface a pod has no route either.
  if (!/^\d+: eth0@.*<[^>]*\bUP\b/m.test(seenAs(report, `pod-interfaces/${pod.name}`))) return [];
  const inside = /^nsenter -t \d+ -n/.exec(found.command)?.[0] ?? "nsenter -t PID -n";
  const see = `${inside} ip route; ${inside} ip addr`;
  if (found.exit !== 0) return [{ ...common, what: "none", decision, see }];
  // A pod of another node is behind the gateway; one of the same node is a neighbour.
  if (direct === nodes.length < 2) return [];
  return [{ ...common, what: "elsewhere", decision, see }];
}

/** Settings of one node that refuse to pass the packet on. */
export function findSettings(scene: Scene, report: Observations, strict: boolean): readonly SettingCause[] {
  if (scene.nodes.length < 2) return [];
  const settings = new Map(
    seenAs(report, "settings")
      .split("\n")
      .flatMap((line): [string, string][] => {
        const [name, value] = line.split(" = ");
        return name === undefined || value === undefined ? [] : [[name, value.trim()]];
      }),
  );
  const needs = (setting: string, needed: string): SettingCause[] => {
    const value = settings.get(setting);
    if (value === undefined || value === needed) return [];
    const common = { kind: "setting", node: report.node, setting, value, needed } as const;
    return [{ ...common, see: `sysctl ${setting}`, mend: `sysctl -w ${setting}=${needed}` }];
  };
  // sysctl writes a dot in a name as a slash.
  const devices = ["cni0", outwardOf(scene, report).replaceAll(".", "/")];
  const forwarding = needs("net.ipv4.ip_forward", "1");
  // The one switch sets all of those of the interfaces.
  const ofDevices = devices.flatMap((device) => needs(`net.ipv4.conf.${device}.forwarding`, "1"));
  // The kernel takes the larger of both; 2 is loose. It does harm only where the way back is another one.
  const filters = strict
    ? ["all", ...devices].filter((one) => settings.get(`net.ipv4.conf.${one}.rp_filter`) === "1")
    : [];
  return [
    ...(forwarding.length > 0 ? forwarding : ofDevices),
    ...filters.flatMap((one) => needs(`net.ipv4.conf.${one}.rp_filter`, "0")),
  ];
}
