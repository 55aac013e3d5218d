import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Choice } from "../../bundle/choice.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { databaseService, judgeDiscovery } from "../../evidence/judge/discovery.ts";
import { Script } from "../script.ts";
import { type Lesson, type LessonArgs, lookedAtAgain, registered } from "./lesson.ts";
import { LessonImages } from "./lesson-image.ts";
import { LessonNamespace } from "./namespace.ts";
import { observed, podFacts } from "./observed.ts";

export interface ServiceAutoArgs extends LessonArgs {
  /** Where images come from. */
  readonly artifacts: Choice;
}

const labels = { app: "redis" };
const port = 6379;

/** The course's page "service-auto": how a program finds a Service, by variables and by its name. */
export class ServiceAuto extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: ServiceAutoArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:lessons:ServiceAuto", name, {}, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;
    const last = args.machines.at(-1) ?? worker;
    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
      child,
    );
    const on = (node: pulumi.Input<string>) => ({ nodeSelector: { "kubernetes.io/hostname": node } });
    const image = new LessonImages(
      `${name}-image`,
      { image: "redis", machines: [last], artifacts: args.artifacts },
      child,
    );
    const database = namespace.pod("redis", ["redis"], {
      labels,
      container: {
        image: image.ref,
        command: ["redis-server", "--save", "", "--protected-mode", "no"],
        ports: [{ containerPort: port }],
        readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      },
      spec: on(last.name),
    });
    const early = namespace.pod("early", ["client"], { spec: on(worker.name) });
    const service = new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: {
          name: databaseService,
          namespace: namespace.name,
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { selector: labels, ports: [{ port }] },
      },
      // What is taught: this container is there before the Service, and knows nothing of it.
      { ...namespace.options, dependsOn: [early] },
    );
    const late = namespace.pod("late", ["client"], { spec: on(worker.name) }, [service]);
    const facts = pulumi.all(
      [early, late, database].map((pod, index) =>
        podFacts(pod, `${name}-${["early", "late", "redis"][index]}`, args, child),
      ),
    );
    this.pods = facts;
    const report = observed(
      new Script(
        `${name}-observe`,
        {
          machine: controlPlane,
          script: "observe/discovery",
          params: { POD_NAMESPACE: name, CLIENTS: "early late", SELECTOR: `app=${labels.app}` },
          again: [
            facts.apply((pods) => pods.map(({ uid }) => uid).join(" ")),
            service.metadata.uid,
            ...lookedAtAgain(args),
          ],
        },
        { ...child, dependsOn: [args.ready, args.broken] },
      ),
      controlPlane.name,
    );
    this.claims = pulumi.all([facts, report]).apply(([[one, other, redis], seen]) => {
      if (one === undefined || other === undefined || redis === undefined) throw new Error("the lesson has no pods");
      return judgeDiscovery({ scenario: name, early: one, late: other, database: redis, report: seen });
    });
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims) });
  }
}
