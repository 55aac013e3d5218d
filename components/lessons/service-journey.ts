import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type Carrier, backendOf, hopsOnEnd } from "../../evidence/backends.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { connectionFilter } from "../../evidence/journey/capture-filter.ts";
import { portsTried, servicePort } from "../../evidence/judge/service-journey.ts";
import type { Observations } from "../../evidence/observation.ts";
import { digestOf } from "../../nodes/script.ts";
import { machineNamed } from "../machines/locate.ts";
import { Script } from "../script.ts";
import type { LessonArgs } from "./lesson.ts";
import { observed, podList } from "./observed.ts";

export interface ServiceJourneyArgs extends Pick<LessonArgs, "machines" | "verify" | "ready" | "broken"> {
  readonly client: pulumi.Output<PodFacts>;
  /** The pod on another node that a connection shall go to. */
  readonly far: pulumi.Output<PodFacts>;
  readonly clusterIp: pulumi.Input<string>;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier | undefined;
  /** Others are sent when one of these changes. */
  readonly again: readonly pulumi.Input<unknown>[];
}

/** Connections through a Service, one after the other, until one goes to the pod on the other node: captured there and where they begin. */
export class ServiceJourney extends pulumi.ComponentResource {
  /** Ports of the client's that no other check uses; what is sent anew has others, since the kernel keeps each for a minute. */
  readonly firstPort: pulumi.Output<number>;
  readonly probe: pulumi.Output<Observations>;
  readonly captures: pulumi.Output<[Observations, Observations]>;

  constructor(name: string, args: ServiceJourneyArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:lessons:ServiceJourney", name, {}, opts);
    const { client, far, clusterIp, machines } = args;
    const child = { parent: this };
    const endOf = (pod: pulumi.Output<PodFacts>, end: "sender" | "receiver") => ({
      machine: machineNamed(machines, pod.node),
      name: pod.node,
      end,
    });
    const [sender, receiver] = [endOf(client, "sender"), endOf(far, "receiver")];
    const ends = [sender, receiver];
    const together = digestOf(["observe/capture", "observe/probe", "observe/captured"]);
    const again = [podList([client, far]), clusterIp, args.verify, together, ...args.again];
    this.firstPort = pulumi.all(again).apply((all) => {
      const [byte = 0] = createHash("sha256").update(JSON.stringify(all)).digest();
      return 19_000 + (byte % 40) * portsTried;
    });
    const capturing = ends.map(
      ({ machine, end }) =>
        new Script(
          `${name}-capture-${end}`,
          {
            machine,
            script: "observe/capture",
            params: {
              JOURNEY: name,
              FILTER: this.firstPort.apply((first) =>
                connectionFilter([first, first + portsTried - 1], backendOf(args.backend)),
              ),
            },
            again,
          },
          { ...child, dependsOn: [args.ready, args.broken] },
        ),
    );
    const probe = new Script(
      `${name}-probe`,
      {
        machine: sender.machine,
        script: "observe/probe",
        params: {
          PODS: podList([client, far]),
          FROM: client.name,
          TO: far.name,
          PROTOCOL: "tcp",
          ADDRESS: clusterIp,
          PORT: servicePort,
          SOURCE_PORT: this.firstPort,
          COUNT: portsTried,
        },
        again,
      },
      { ...child, dependsOn: capturing },
    );
    const captured = ({ machine, name: node, end }: (typeof ends)[number]): pulumi.Output<Observations> =>
      observed(
        new Script(
          `${name}-captured-${end}`,
          {
            machine,
            script: "observe/captured",
            params: {
              JOURNEY: name,
              // With that pod's address: of a connection to another one there are none.
              FRAMES: end === "sender" ? hopsOnEnd(backendOf(args.backend)) - 4 : hopsOnEnd(backendOf(args.backend)),
              LINES: far.ip.apply((ip) => `${ip.replaceAll(".", "\\.")}\\.`),
            },
            again,
          },
          { ...child, dependsOn: [probe] },
        ),
        node,
      );
    this.probe = observed(probe, client.node);
    this.captures = pulumi.all([captured(sender), captured(receiver)]);
    this.registerOutputs({});
  }
}
