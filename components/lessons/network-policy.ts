import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Choice } from "../../bundle/choice.ts";
import { imageRefs } from "../../bundle/versions.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { hasFamily, ipv6 } from "../../evidence/family.ts";
import { type Caller, type Guarded, judgePolicies } from "../../evidence/judge/policy.ts";
import { judgeSecondPolicies } from "../../evidence/judge/second.ts";
import { helloPort } from "../../evidence/judge/service-lesson.ts";
import type { Observations } from "../../evidence/observation.ts";
import { podBy6 } from "../../evidence/second.ts";
import { Script } from "../script.ts";
import { Enforcer } from "./enforcer.ts";
import { type Lesson, type LessonArgs, lookedAtAgain, registered } from "./lesson.ts";
import { LessonImages } from "./lesson-image.ts";
import { LessonNamespace, type Placement } from "./namespace.ts";
import { observed } from "./observed.ts";
import { type CallerName, callers, examples, leaving, walkThrough, wayOut } from "./policies.ts";

export interface NetworkPolicyArgs extends LessonArgs {
  /** Pod address range, IPv4 CIDR. */
  readonly podCidr: string;
  /** Service address range, IPv4 CIDR. */
  readonly serviceCidr: string;
  /** Address of the cluster's DNS. */
  readonly dnsAddress: string;
  /** Where images come from. */
  readonly artifacts: Choice;
}

const serves = {
  image: imageRefs["hello-app"],
  command: ["/hello-app"],
  ports: [{ containerPort: helloPort }],
  readinessProbe: { tcpSocket: { port: helloPort }, periodSeconds: 1 },
};
const fullName = ({ namespace, name }: PodFacts): string => `${namespace}/${name}`;
/** As the observer wants them. */
const targetList = (rows: readonly Caller[], place: (target: string) => string): string =>
  rows
    .map(({ pod, may, mayNot }) =>
      [fullName(pod), ...[...may, ...mayNot].map((target) => `${target}=${place(target)}`)].join(" "),
    )
    .join("\n");

/** The course's page "network-policy": flannel lets everything through; with an enforcer beside it the policies are rules. */
export class NetworkPolicy extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: NetworkPolicyArgs, opts: pulumi.ComponentResourceOptions) {
    const { podCidr, serviceCidr, dnsAddress } = args;
    super("podnet:lessons:NetworkPolicy", name, { podCidr, serviceCidr, dnsAddress }, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;
    const last = args.machines.at(-1) ?? worker;
    const spaces = Object.fromEntries(
      [name, "frontend", walkThrough.namespace].map((namespace) => [
        namespace,
        new LessonNamespace(
          namespace === name ? name : `${name}-${namespace}`,
          { namespace, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
          child,
        ),
      ]),
    );
    const space = (namespace: string): LessonNamespace => {
      const found = spaces[namespace];
      if (found === undefined) throw new Error(`the lesson has no namespace ${namespace}`);
      return found;
    };
    const on = (node: string): Placement["spec"] => ({ nodeSelector: { "kubernetes.io/hostname": node } });

    const calling = Object.entries(callers).map(([caller, { namespace, labels }]) =>
      space(namespace).pod(caller.replace(/^.*\//, ""), ["box"], { labels, spec: on(worker.name) }),
    );
    const held = Object.keys(leaving).map((pod) =>
      space(name).pod(pod, ["box"], { labels: { app: pod }, spec: on(worker.name) }),
    );
    // Each on the other node than the one before it: policies hold on one node, and between nodes.
    const called = ["open", ...Object.keys(examples)].map((pod, index) =>
      space(name).pod(pod, ["hello-app"], {
        labels: { app: pod },
        container: serves,
        spec: on(index % 2 === 0 ? last.name : worker.name),
      }),
    );
    const backend = space(walkThrough.namespace).pod(walkThrough.pod, ["hello-app"], {
      labels: { app: walkThrough.pod },
      container: serves,
      spec: on(last.name),
    });
    const service = new k8s.core.v1.Service(
      `${name}-backend`,
      {
        metadata: {
          name: walkThrough.pod,
          namespace: space(walkThrough.namespace).name,
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { selector: { app: walkThrough.pod }, ports: [{ port: 80, targetPort: helloPort }] },
      },
      space(walkThrough.namespace).options,
    );
    const made = [...calling, ...held, ...called, backend];
    const uids = pulumi.all(made.map(({ metadata }) => metadata.uid)).apply((all) => all.join(" "));
    const listed = new Script(
      `${name}-pods`,
      { machine: controlPlane, script: "observe/list-pods", again: [uids, args.verify] },
      { ...child, dependsOn: [args.ready, ...made] },
    ).result();
    const all = listed.apply((every): PodFacts[] =>
      every
        .filter(({ namespace, hostNetwork }) => namespace in spaces && !hostNetwork)
        .map(({ name: pod, namespace, uid, node, ip, ip6, containers }) => ({
          name: pod,
          namespace,
          uid,
          node,
          ip,
          ...(ip6 !== undefined && { ip6 }),
          containers,
        })),
    );
    // Two are called alike, in different namespaces.
    this.pods = all.apply((every) =>
      every.map((pod) => ({ ...pod, name: pod.namespace === name ? pod.name : fullName(pod) })),
    );
    const podOf = (every: readonly PodFacts[], full: string): PodFacts => {
      const found = every.find((pod) => fullName(pod) === (full.includes("/") ? full : `${name}/${full}`));
      if (found === undefined) throw new Error(`the API server lists no pod ${full}`);
      return found;
    };
    const excepted = all.apply((every) => podOf(every, "frontend/friend").ip);
    const policies = this.policies(name, space, { podCidr, excepted }, controlPlane.address);

    const machines = pulumi.all(args.machines.map(({ address }) => pulumi.output(address)));
    const evidence = all.apply((every) => ({
      callers: [
        ...Object.keys(callers).map((caller) => this.matrixRow(podOf(every, caller), caller as CallerName)),
        ...Object.entries(leaving).map(([pod, { lets }]): Caller => {
          const may: readonly string[] = lets;
          return { pod: podOf(every, pod), may, mayNot: wayOut.filter((target) => !may.includes(target)) };
        }),
      ],
      guarded: [
        ...[...Object.keys(examples), ...Object.keys(leaving)].map((pod): Guarded => ({
          pod: podOf(every, pod),
          refuses: true,
        })),
        { pod: podOf(every, `${walkThrough.namespace}/${walkThrough.pod}`), refuses: true },
      ],
    }));
    const targets = pulumi
      .all([all, evidence, machines, service.spec.clusterIP])
      .apply(([every, { callers: rows }, [first, second], address]) => {
        const places: Readonly<Record<string, string>> = {
          dns: `${dnsAddress}:53`,
          "control-plane": `${first}:6443`,
          worker: `${second}:10250`,
          [walkThrough.pod]: `${address}:80`,
        };
        const place = (target: string): string => places[target] ?? `${podOf(every, target).ip}:${helloPort}`;
        return targetList(rows, place);
      });
    // The enforcer knows IPv4 alone here: by IPv6 every pod of the matrix is reached as before. The DNS, the machines' ports and the Service are on IPv4.
    const callers6 = evidence.apply(({ callers: rows }) =>
      rows.map(({ pod, may, mayNot }): Caller => ({
        pod,
        may: [...may, ...mayNot].filter((target) => target === "open" || target in examples),
        mayNot: [],
      })),
    );
    const has6 = hasFamily(args.ipFamily, ipv6);
    const byIpv6 = has6 && {
      TARGETS6: pulumi
        .all([all, callers6])
        .apply(([every, rows]) => targetList(rows, (target) => `${podBy6(podOf(every, target)).ip}:${helloPort}`)),
    };
    const params = {
      PODS: all.apply((every) => every.map((pod) => `${fullName(pod)}=${pod.uid}=${pod.ip}`).join(" ")),
      TARGETS: targets,
      GUARDED: evidence.apply(({ guarded }) => guarded.map(({ pod }) => `${fullName(pod)}=${pod.node}`).join(" ")),
    };
    const look = (
      when: string,
      ENFORCED: "yes" | "no",
      again: readonly pulumi.Input<unknown>[],
      after: pulumi.Resource[],
    ) =>
      args.machines.map(
        (machine) =>
          new Script(
            `${name}-observe-${when}${machine.name}`,
            {
              machine,
              script: "observe/policy",
              params: { ...params, ENFORCED, ...(ENFORCED === "yes" && byIpv6) },
              again,
            },
            { ...child, dependsOn: after },
          ),
      );
    // Once only: from then on the policies are enforced.
    const before = look("before-", "no", [uids], [args.ready, ...policies]);
    const enforcer = new Enforcer(
      `${name}-enforcer`,
      {
        image: new LessonImages(
          `${name}-image`,
          { image: "kube-router", machines: args.machines, artifacts: args.artifacts },
          child,
        ).ref,
        machines: args.machines,
        namespace: space(name).name,
        account: space(name).account.metadata.name,
        serviceCidr,
        options: space(name).options,
        after: before,
      },
      child,
    );
    const since = look("", "yes", [uids, ...lookedAtAgain(args)], [enforcer.running, args.ready]);
    const reports = (scripts: readonly Script<"observe/policy">[]): pulumi.Output<Observations[]> =>
      pulumi.all(scripts.map((script, index) => observed(script, args.machines[index]?.name ?? "")));
    this.claims = pulumi
      .all([evidence, callers6, reports(before), reports(since)])
      .apply(([known, rows, first, then]) => [
        ...judgePolicies({ scenario: name, ...known, before: first, since: then }),
        ...(has6 ? judgeSecondPolicies(name, rows, then) : []),
      ]);
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims) });
  }

  /** Whom the examples, the walk-through and the pod without a policy let that caller reach. */
  private matrixRow(pod: PodFacts, caller: CallerName): Caller {
    const all = { open: { lets: Object.keys(callers) }, ...examples, [walkThrough.pod]: walkThrough };
    const letsIn = (target: string): boolean =>
      ((all as Readonly<Record<string, { readonly lets: readonly string[] }>>)[target]?.lets ?? []).includes(caller);
    const targets = Object.keys(all);
    return { pod, may: targets.filter(letsIn), mayNot: targets.filter((target) => !letsIn(target)) };
  }

  private policies(
    name: string,
    space: (namespace: string) => LessonNamespace,
    known: Parameters<(typeof examples)[string]["ingress"]>[0],
    controlPlane: pulumi.Input<string>,
  ): k8s.networking.v1.NetworkPolicy[] {
    const policy = (
      namespace: string,
      called: string,
      spec: k8s.types.input.networking.v1.NetworkPolicySpec,
    ): k8s.networking.v1.NetworkPolicy =>
      new k8s.networking.v1.NetworkPolicy(
        `${name}-policy-${called}`,
        { metadata: { name: called, namespace: space(namespace).name }, spec },
        space(namespace).options,
      );
    const over = (app: string) => ({ podSelector: { matchLabels: { app } } });
    const { namespace, pod } = walkThrough;
    return [
      ...Object.entries(examples).map(([called, { ingress }]) =>
        policy(name, called, { ...over(called), policyTypes: ["Ingress"], ingress: ingress(known) ?? [] }),
      ),
      ...Object.entries(leaving).map(([called, { egress }]) =>
        policy(name, called, { ...over(called), policyTypes: ["Egress"], egress: egress({ controlPlane }) ?? [] }),
      ),
      policy(namespace, "default-deny", { podSelector: {}, policyTypes: ["Ingress"] }),
      policy(namespace, "allow-frontend", {
        ...over(pod),
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "frontend" } },
                podSelector: { matchLabels: { role: "friend" } },
              },
            ],
          },
        ],
      }),
    ];
  }
}
