import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import type { Carrier } from "../../evidence/backends.ts";
import type { FaultIn } from "../../evidence/fault-in.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { faultNamed } from "../../faults/catalogue.ts";
import type { Fault, LabFacts } from "../../faults/fault.ts";
import { paramsOf, place } from "../../faults/place.ts";
import { stepLines } from "../../faults/step.ts";
import { machineNamed } from "../machines/locate.ts";
import type { Machine } from "../machines/machine.ts";
import { Script } from "../script.ts";
import type { FaultSettings } from "../settings/faults.ts";

export interface FaultsArgs {
  /** The machines, the control plane first. */
  readonly machines: readonly [Machine, ...Machine[]];
  /** What the config declares. */
  readonly declared: readonly FaultSettings[];
  /** The pods of all lessons. */
  readonly pods: pulumi.Output<PodFacts[]>;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** When it changes, the nodes are asked again. */
  readonly verify: pulumi.Input<string>;
  /** Done when every node is Ready and DNS answers: only a whole lab is broken. */
  readonly ready: pulumi.Resource;
}

/** What is broken on purpose: the config's faults are put in and taken away, and those that somebody put in by hand are known. */
export class Faults extends pulumi.ComponentResource {
  /** Those that are in now, as the nodes tell of them. */
  readonly found: pulumi.Output<FaultIn[]>;
  /** What every fault may know of this lab. */
  readonly lab: pulumi.Output<LabFacts>;

  constructor(name: string, args: FaultsArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:faults:Faults", name, {}, opts);
    const child = { parent: this };
    const { machines, declared } = args;
    this.lab = labOf(machines, args.pods, args.backend);
    const keep = declared.map((one) => idOf(one));
    // What the config no longer has goes here, before the checks: the engine itself deletes at the end of an update.
    const settled = machines.map(
      (machine) =>
        new Script(
          `${name}-settle-${machine.name}`,
          {
            machine,
            script: "faults/settle",
            params: { KEEP: keep.join(" ") },
            again: [args.verify],
          },
          child,
        ),
    );
    const broken = declared.map((one) => {
      const fault = faultNamed(one.name, args.backend);
      if (fault === undefined) throw new Error(`the catalogue has no fault "${one.name}"`);
      const target = this.lab.apply((lab) => place(fault, lab, one));
      const id = idOf(one);
      return new Script(
        `${name}-${id}`,
        {
          machine: machineNamed(machines, target.node.name),
          script: "faults/break",
          params: {
            FAULT: id,
            RECORD: target.apply((at) => recordOf(fault, at)),
            STEPS: target.apply((at) => stepLines(fault.steps(at))),
            DURATION: 0,
          },
          // A restart has mended it.
          again: machines.flatMap(({ start }) => start ?? []),
          undo: `p=/var/lib/podnet/faults/${id}/program; if [[ -e $p ]]; then exec flock /run/lock/podnet-faults bash "$p"; fi`,
        },
        { ...child, dependsOn: [args.ready, ...settled] },
      ).result();
    });
    this.found = pulumi
      .all([pulumi.all(settled.map((script) => script.result())), pulumi.all(broken)])
      .apply(([before, made]): FaultIn[] => [...before.flat().filter(({ by }) => by !== "config"), ...made]);
    this.registerOutputs({ found: this.found });
  }
}

function labOf(
  machines: readonly Machine[],
  pods: pulumi.Output<PodFacts[]>,
  backend: Carrier | undefined,
): pulumi.Output<LabFacts> {
  const nodes = pulumi.all(machines.map(({ name, role, address }) => pulumi.output({ name, role, address })));
  return pulumi
    .all([nodes, pods])
    .apply(([all, running]) => ({ nodes: all, pods: running, ...(backend && { backend }) }));
}

const recordOf = (fault: Fault, at: Parameters<typeof paramsOf>[0]): string =>
  JSON.stringify({ name: fault.name, params: paramsOf(at), by: "config", hidden: false });

/** Its name on the node and in the state: another place is another fault. */
export function idOf({ name, on, towards }: FaultSettings): string {
  if (on === undefined && towards === undefined) return `config-${name}`;
  const where = createHash("sha256")
    .update(JSON.stringify([on, towards]))
    .digest("hex")
    .slice(0, 8);
  return `config-${name}-${where}`;
}
