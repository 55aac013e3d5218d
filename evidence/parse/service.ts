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

/** What kube-proxy writes its rules into. */
export const proxyModes = ["iptables", "nftables"] as const;
export type ProxyMode = (typeof proxyModes)[number];

/** Where a Service sends some of its connections. */
export interface Branch {
  /** ADDRESS:PORT. */
  readonly to: string;
  /** The part of all connections that goes there, 0 to 1. */
  readonly share: number;
}

/**
 * Where a ClusterIP leads, in the order of the rules, from `iptables-save -t nat`. Each rule takes its part of what those before it have left.
 * @throws Error when no rule is about the address
 */
export function parseServiceRules(text: string, address: string): Branch[] {
  const rules = text.split("\n").filter((line) => line.startsWith("-A "));
  const of = (chain: string): string[] => rules.filter((rule) => rule.startsWith(`-A ${chain} `));
  const entry = of("KUBE-SERVICES").find((rule) => rule.includes(` -d ${address}/32 `));
  const chain = entry === undefined ? undefined : /-j (KUBE-SVC-\S+)/.exec(entry)?.[1];
  if (chain === undefined) throw new Error(`no rule of KUBE-SERVICES leads on from ${address}`);
  let left = 1;
  return of(chain).flatMap((rule): Branch[] => {
    const target = /-j (KUBE-SEP-\S+)/.exec(rule)?.[1];
    // The mark for sources outside the pod network, and affinity's look at who was here before.
    if (target === undefined || rule.includes(" --rcheck ")) return [];
    const translation = of(target).find((one) => one.includes(" -j DNAT "));
    const share = left * Number(/--probability ([\d.]+)/.exec(rule)?.[1] ?? 1);
    left -= share;
    const to = /--to-destination (\S+)/.exec(translation ?? "")?.[1];
    return [{ to: to ?? `nowhere: ${target} translates nothing`, share }];
  });
}

/**
 * The same from `nft list table ip kube-proxy`: a map leads from the address to the Service's chain, and there a random number picks an endpoint.
 * Up to Kubernetes 1.36, and later where a Service remembers its clients, each endpoint has a chain of its own.
 * @throws Error when no element of the map is about the address
 */
export function parseServiceTable(text: string, address: string): Branch[] {
  const of = (chain: string): string => {
    const start = text.indexOf(`\tchain ${chain} {\n`);
    return start < 0 ? "" : text.slice(start, text.indexOf("\n\t}", start));
  };
  const [, map = ""] = /\n\tmap service-ips \{\n([^]*?)\n\t\}/.exec(text) ?? [];
  const entry = map.split(/[{},]\s*/).find((element) => element.startsWith(`${address} . `));
  const chain = /: goto (service-\S+)/.exec(entry ?? "")?.[1];
  if (chain === undefined) throw new Error(`no element of the map service-ips leads on from ${address}`);
  const translated = (rules: string): string | undefined => /\bdnat to (\S+)/.exec(rules)?.[1];
  const rules = of(chain);
  const choice = /numgen random mod (\d+) v?map \{([^}]*)\}/.exec(rules);
  if (choice === null) {
    const to = translated(rules);
    return to === undefined ? [] : [{ to, share: 1 }];
  }
  const [, count = "1", picks = ""] = choice;
  return picks.split(",").map((pick): Branch => {
    const [, picked = ""] = /: (.*\S)/.exec(pick) ?? [];
    const endpoint = /^goto (\S+)$/.exec(picked)?.[1];
    const to = endpoint === undefined ? picked.replace(" . ", ":") : translated(of(endpoint));
    return { to: to ?? `nowhere: ${endpoint} translates nothing`, share: 1 / Number(count) };
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
  readonly fromPort: number;
  readonly toPort: number;
  /** As the answer comes back: from the pod that was chosen, to the source that this pod sees. */
  readonly answeredBy: string;
  readonly seenAs: string;
  /** The ports of the answer: the pod's, and the one that it goes to. */
  readonly answeredPort: number;
  readonly seenPort: number;
}

/** `conntrack -L`: each connection, both directions. */
export function parseTranslations(text: string): Translation[] {
  return text.split("\n").flatMap((line): Translation[] => {
    if (!/^(tcp|udp) /.test(line)) return [];
    const all = (field: string): string[] =>
      [...line.matchAll(new RegExp(`\\b${field}=(\\S+)`, "g"))].map(([, value = ""]) => value);
    const [from, answeredBy] = all("src");
    const [to, seenAs] = all("dst");
    if (from === undefined || to === undefined || answeredBy === undefined || seenAs === undefined) return [];
    const [fromPort, toPort] = [Number(all("sport")[0]), Number(all("dport")[0])];
    return [
      {
        from,
        to,
        fromPort,
        toPort,
        answeredBy,
        seenAs,
        answeredPort: Number(all("sport")[1]),
        seenPort: Number(all("dport")[1]),
      },
    ];
  });
}

/** The first of them. @throws Error when there is none */
export function parseTranslation(text: string): Translation {
  const [first] = parseTranslations(text);
  if (first === undefined) throw new Error(`conntrack tells of no connection: ${text.trim() || "an empty output"}`);
  return first;
}
