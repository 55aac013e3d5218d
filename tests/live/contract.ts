import { z } from "zod";

/** The outputs, as design and README promise them; strict, so that a new one is added here on purpose. */
const ip = z.ipv4();
const privateKey = z.string().regex(/^-----BEGIN OPENSSH PRIVATE KEY-----/);

export const claim = z.strictObject({
  id: z.string().min(1),
  claim: z.string().min(1),
  node: z.string().min(1),
  at: z.iso.datetime(),
  command: z.string().min(1),
  output: z.string(),
  expected: z.string().min(1),
  observed: z.string().min(1),
  ok: z.boolean(),
});

const hop = z.strictObject({
  leg: z.enum(["request", "reply"]),
  kind: z.string().regex(/^ICMP echo re(quest|ply)$/),
  machine: z.string().min(1),
  interface: z.string().min(1),
  direction: z.enum(["in", "out"]),
  source: ip,
  destination: ip,
  ttl: z.int().positive(),
  length: z.int().positive(),
  sourceMac: z.mac(),
  outer: z
    .strictObject({
      source: ip,
      destination: ip,
      ttl: z.int().positive(),
      length: z.int().positive(),
      sourcePort: z.int().positive(),
      destinationPort: z.literal(8472),
      vni: z.int().positive(),
      sourceMac: z.mac(),
      destinationMac: z.mac(),
    })
    .optional(),
  micros: z.int(),
  aligned: z.literal(true).optional(),
});

const pod = z.strictObject({
  name: z.string(),
  uid: z.uuid(),
  node: z.string(),
  ip,
  containers: z.array(z.string()).min(1),
});
const scenario = z.strictObject({
  pods: z.array(pod).min(1),
  claims: z.array(claim).min(1),
  journey: z.array(hop).min(1).optional(),
});

const namespaces = ["container-to-container", "pod-to-pod-single-node", "pod-to-pod-multi-node"] as const;

export const contract = z.strictObject({
  nodes: z
    .array(
      z.strictObject({
        name: z.string(),
        role: z.enum(["control-plane", "worker"]),
        address: ip,
        ssh: z.string().regex(/^ssh:\/\/[a-z]+@[^:]+:\d+$/),
        packages: z.looseObject({ "bridge-utils": z.string().regex(/^\d/), "net-tools": z.string().regex(/^\d/) }),
      }),
    )
    .min(2),
  podIPs: z.record(z.enum(namespaces), z.record(z.string(), ip)),
  scenarios: z.record(z.enum(namespaces), scenario),
  captures: z.record(z.enum(["pod-to-pod-single-node", "pod-to-pod-multi-node"]), z.base64().min(1)),
  verification: z.strictObject({ passed: z.int().positive(), failed: z.literal(0), at: z.iso.datetime() }),
  kubeconfig: z.string().regex(/^apiVersion: v1/),
  access: z.strictObject({
    privateKey,
    privateKeys: z.record(z.string(), privateKey).optional(),
    knownHosts: z.string(),
  }),
  cost: z.strictObject({
    perHour: z.union([z.number().nonnegative(), z.string()]),
    machines: z.record(
      z.string(),
      z.strictObject({ type: z.string(), perHour: z.union([z.number().positive(), z.literal("unknown")]) }),
    ),
    volumesAndAddresses: z.number().nonnegative(),
    prices: z.string(),
  }),
});
