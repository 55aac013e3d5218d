import { z } from "zod";

const pods = z.array(
  z.object({
    name: z.string(),
    uid: z.string(),
    node: z.string(),
    ip: z.ipv4(),
    containers: z.array(z.string()),
  }),
);
const services = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    address: z.string(),
    ports: z.array(z.object({ port: z.int(), nodePort: z.int().optional() })),
  }),
);
const slices = z.array(z.object({ service: z.string(), ports: z.array(z.int()), ready: z.array(z.ipv4()) }));

export type ServicePod = z.infer<typeof pods>[number];
export type ServiceFacts = z.infer<typeof services>[number];

/** The pods behind the Services, as nodes/observe/endpoints.sh asks for them. */
export const parseServicePods = (text: string): ServicePod[] => pods.parse(JSON.parse(text));

/** The Services of a namespace, as nodes/observe/endpoints.sh asks for them. */
export const parseServices = (text: string): ServiceFacts[] => services.parse(JSON.parse(text));

/** ADDRESS:PORT of what stands ready behind a Service, over all its slices, in order. */
export function parseEndpoints(text: string, service: string): string[] {
  return slices
    .parse(JSON.parse(text))
    .filter((slice) => slice.service === service)
    .flatMap(({ ports, ready }) => ready.flatMap((address) => ports.map((port) => `${address}:${port}`)))
    .toSorted();
}

export interface Branch {
  /** ADDRESS:PORT that the packet is sent on to. */
  readonly to: string;
  /** Of the packets that come as far as this rule, the share that takes it; 1 where the rule has no condition. */
  readonly probability: number;
}

/**
 * Where a ClusterIP leads, in the order of the rules, from `iptables-save -t nat`.
 * @throws Error when no rule is about the address
 */
export function parseServiceRules(text: string, address: string): Branch[] {
  const rules = text.split("\n").filter((line) => line.startsWith("-A "));
  const of = (chain: string): string[] => rules.filter((rule) => rule.startsWith(`-A ${chain} `));
  const entry = of("KUBE-SERVICES").find((rule) => rule.includes(` -d ${address}/32 `));
  const chain = entry === undefined ? undefined : /-j (KUBE-SVC-\S+)/.exec(entry)?.[1];
  if (chain === undefined) throw new Error(`no rule of KUBE-SERVICES leads on from ${address}`);
  return of(chain).flatMap((rule): Branch[] => {
    const target = /-j (KUBE-SEP-\S+)/.exec(rule)?.[1];
    // The mark for sources outside the pod network, and affinity's look at who was here before.
    if (target === undefined || rule.includes(" --rcheck ")) return [];
    const translation = of(target).find((one) => one.includes(" -j DNAT "));
    return [
      {
        to: /--to-destination (\S+)/.exec(translation ?? "")?.[1] ?? `nowhere: ${target} translates nothing`,
        probability: Number(/--probability ([\d.]+)/.exec(rule)?.[1] ?? 1),
      },
    ];
  });
}

/** How often each pod answered: `Hostname: POD` in the bodies that hello-app sends. */
export function parseAnswers(text: string): ReadonlyMap<string, number> {
  const answers = new Map<string, number>();
  for (const [, pod = ""] of text.matchAll(/^Hostname: (\S+)$/gm)) answers.set(pod, (answers.get(pod) ?? 0) + 1);
  return answers;
}

export interface Translation {
  /** As the client sent it. */
  readonly from: string;
  readonly to: string;
  /** As the answer comes back: from the pod that was chosen, to the source that this pod sees. */
  readonly answeredBy: string;
  readonly seenAs: string;
  /** The ports of the answer: the pod's, and the one that it goes to. */
  readonly answeredPort: number;
  readonly seenPort: number;
}

/** A line of `conntrack -L`, both directions. @throws Error when there is none */
export function parseTranslation(text: string): Translation {
  const line = text.split("\n").find((one) => one.startsWith("tcp "));
  const [from, answeredBy] = [...(line ?? "").matchAll(/\bsrc=(\S+)/g)].map(([, address]) => address);
  const [to, seenAs] = [...(line ?? "").matchAll(/\bdst=(\S+)/g)].map(([, address]) => address);
  if (from === undefined || to === undefined || answeredBy === undefined || seenAs === undefined)
    throw new Error(`conntrack tells of no connection: ${text.trim() || "an empty output"}`);
  const [, answer] = [...(line ?? "").matchAll(/\bsport=(\d+) dport=(\d+)/g)];
  return { from, to, answeredBy, seenAs, answeredPort: Number(answer?.[1]), seenPort: Number(answer?.[2]) };
}
