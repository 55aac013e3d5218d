import * as pulumi from "@pulumi/pulumi";
import { type Carrier, backendOf, carriedByVxlan } from "../../evidence/backends.ts";
import { firstFamily, hasFamily, type IpFamilies, ipv4, ipv6 } from "../../evidence/family.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { fullName, judgeNames, judgeOverlayPort, judgeReach, judgeTranslation } from "../../evidence/judge/reach.ts";
import { judgeSecondReach } from "../../evidence/judge/second.ts";
import { ofFamily } from "../../evidence/second.ts";
import type { Machine } from "../machines/machine.ts";
import { registered } from "./lesson.ts";
import { Script } from "../script.ts";
import { digestOf } from "../../nodes/script.ts";
import { nodeFacts, nodeList, observed, podList, podList6 } from "./observed.ts";

export interface ReachabilityArgs {
  readonly machines: readonly Machine[];
  /** The pods of all lessons. */
  readonly pods: pulumi.Output<PodFacts[]>;
  /** The lesson about what is between the nodes, by its namespace. */
  readonly between: string;
  /** Which address families the lab has: the same calls go to the pods' addresses of each. @default ipv4 */
  readonly ipFamily?: IpFamilies;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Address of the Service "kubernetes", which the cluster's DNS is asked for. */
  readonly apiAddress: string;
  /** Address of the cluster's DNS. */
  readonly dnsAddress: string;
  /** When it changes, the checks run again. */
  readonly verify: pulumi.Input<string>;
  /** Done when every node is Ready and DNS answers. */
  readonly ready: pulumi.Resource;
  /** What is broken on purpose is in by then. */
  readonly broken: pulumi.Input<pulumi.Resource>;
  /** The checks run again when these change. @default none */
  readonly after?: readonly pulumi.Input<unknown>[];
}

/** Across the lessons: every pod reaches every other pod, wherever it runs, and the cluster's DNS. */
export class Reachability extends pulumi.ComponentResource {
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: ReachabilityArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:Reachability", name, {}, opts);
    const child = { parent: this };
    const UNIT = "podnet-echo";
    // The port that VXLAN needs is asked for where VXLAN is what carries packets.
    const backend = backendOf(args.backend);
    const asksPort = carriedByVxlan(backend);
    const NODES = asksPort ? nodeList(args.machines) : "";
    const params = { PODS: podList(args.pods, fullName) };
    const family = firstFamily(args.ipFamily);
    const has6 = hasFamily(args.ipFamily, ipv6);
    const families = has6 ? { FAMILIES: "dual" } : {};
    const ported = asksPort && backend.options.port !== undefined ? { PORT: backend.options.port } : {};
    const again = [
      // All steps or none: the servers are stopped when the calls are done.
      digestOf(["observe/serve-echo", "observe/reach"]),
      args.pods.apply((pods) => pods.map(({ uid }) => uid).join(" ")),
      args.verify,
      ...(args.after ?? []),
      ...args.machines.map(({ identity }) => identity),
    ];

    const servers = args.machines.map(
      (machine) =>
        new Script(
          `${name}-echo-${machine.name}`,
          { machine, script: "observe/serve-echo", params: { ...params, UNIT, NODES, ...ported, ...families }, again },
          {
            ...child,
            dependsOn: [args.ready, args.broken],
          },
        ),
    );
    const callers = args.machines.map(
      (machine) =>
        new Script(
          `${name}-observe-${machine.name}`,
          {
            machine,
            script: "observe/reach",
            params: {
              ...params,
              DNS_ADDRESS: args.dnsAddress,
              NODES,
              ...(has6 && family === ipv4 && { PODS6: podList6(args.pods, fullName) }),
            },
            again,
          },
          {
            ...child,
            dependsOn: servers,
          },
        ),
    );
    for (const machine of args.machines) {
      new Script(
        `${name}-silence-${machine.name}`,
        { machine, script: "observe/serve-echo", params: { PODS: "", UNIT, NODES: "" }, again },
        {
          ...child,
          dependsOn: callers,
        },
      );
    }
    const reports = args.machines.map((machine, index) => observed(callers[index]!, machine.name));

    this.claims = pulumi
      .all([args.pods, nodeFacts(args.machines), pulumi.all(reports)])
      .apply(([pods, nodes, all]) => [
        ...(family === ipv4
          ? [...judgeReach(pods, args.apiAddress, all), ...judgeTranslation(pods, all)]
          : ofFamily(judgeNames(pods, args.apiAddress, all), family)),
        ...(has6 ? judgeSecondReach(pods, all) : []),
        ...(asksPort ? ofFamily(judgeOverlayPort(args.between, nodes, all, backend), family) : []),
      ]);
    this.registerOutputs({ claims: registered(this.claims) });
  }
}
