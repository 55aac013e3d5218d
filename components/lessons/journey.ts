import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { backendBy, type Carrier, backendOf } from "../../evidence/backends.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { type Family, ipv4 } from "../../evidence/family.ts";
import { linesAbout, pingFilter } from "../../evidence/journey/capture-filter.ts";
import type { Observations } from "../../evidence/observation.ts";
import type { Reachable } from "../script.ts";
import { Script, type ScriptArgs } from "../script.ts";
import { digestOf, type ScriptFile } from "../../nodes/script.ts";
import { observed, podList, podList6 } from "./observed.ts";

/** A machine and the name of its node. */
export interface End {
  readonly machine: Reachable;
  readonly name: pulumi.Input<string>;
}

export interface JourneyArgs {
  /** The marked ping goes from the first to the second. */
  readonly pods: readonly [pulumi.Output<PodFacts>, pulumi.Output<PodFacts>];
  /** Their machines: one when they are on the same. */
  readonly machines: readonly [End] | readonly [End, End];
  /** Bytes of ICMP payload, a length of the journey's own. */
  readonly payload: number;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier | undefined;
  /** By whose addresses of the pods it goes. @default ipv4 */
  readonly family?: Family;
  /** How many frames the whole journey leaves on each machine. */
  readonly frames: number;
  /** When it changes, another packet is sent. */
  readonly verify: pulumi.Input<string>;
  /** Another packet is sent when one of these changes. */
  readonly again: readonly pulumi.Input<unknown>[];
  /** Done when every node is Ready, and as broken as it shall be. */
  readonly ready: readonly pulumi.Input<pulumi.Resource>[];
  /** The pings of these have filled neighbour and forwarding tables: nothing is flooded then, and only the packet is on its way. */
  readonly probeAfter: readonly pulumi.Resource[];
}

/** One packet followed over every interface: capture on both machines, then send, then read the captures. */
export class Journey extends pulumi.ComponentResource {
  /** Hex digits that mark the packet. */
  readonly mark: pulumi.Output<string>;
  readonly probe: pulumi.Output<Observations>;
  /** What each machine saw, the sender's first. */
  readonly captures: pulumi.Output<Observations[]>;

  constructor(name: string, args: JourneyArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:Journey", name, {}, opts);
    const { family = ipv4 } = args;
    const [from, to] = args.pods;
    const PODS = (family.name === "ipv4" ? podList : podList6)([from, to]);
    const on = args.machines.map((place, index) => ({ ...place, end: ["sender", "receiver"][index] ?? "" }));
    // All steps or none: a packet without a capture, or a capture without a packet, shows nothing.
    const together = digestOf(["observe/capture", "observe/probe", "observe/captured"]);
    const again = [PODS, args.verify, together, ...args.again];
    const step = <Name extends ScriptFile>(
      suffix: string,
      after: readonly pulumi.Input<pulumi.Resource>[],
      args: Omit<ScriptArgs<Name>, "again">,
    ): Script<Name> =>
      new Script<Name>(`${name}-${suffix}`, { ...args, again } as ScriptArgs<Name>, {
        parent: this,
        dependsOn: [...after],
      });

    this.mark = pulumi
      .all([from.uid, to.uid, args.verify])
      .apply((parts) => createHash("sha256").update(parts.join()).digest("hex").slice(0, 16));

    const capturing = on.map(({ machine, end }) =>
      step(`capture-${end}`, args.ready, {
        machine,
        script: "observe/capture",
        params: { JOURNEY: name, FILTER: pingFilter(args.payload, backendBy(backendOf(args.backend), family), family) },
      }),
    );
    const probe = step("probe", [...capturing, ...args.probeAfter], {
      machine: args.machines[0].machine,
      script: "observe/probe",
      params: {
        PODS,
        FROM: from.name,
        TO: to.name,
        PROTOCOL: "icmp",
        PAYLOAD: args.payload,
        MARK: this.mark,
      },
    });
    const captured = on.map(({ machine, name: node, end }) =>
      observed(
        step(`captured-${end}`, [probe], {
          machine,
          script: "observe/captured",
          params: {
            JOURNEY: name,
            FRAMES: args.frames,
            LINES: linesAbout(family.name === "ipv4" ? "ICMP echo" : "ICMP6, echo", backendOf(args.backend)),
          },
        }),
        node,
      ),
    );

    this.probe = observed(probe, args.machines[0].name);
    this.captures = pulumi.all(captured);
    this.registerOutputs({ mark: this.mark, probe: this.probe, captures: this.captures });
  }
}
