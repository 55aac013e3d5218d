import { z } from "zod";
import * as promised from "../../components/outputs.ts";
import { backendNames, backendOptions } from "../../evidence/backends.ts";
import { claim as evidence, type Claim, proved } from "../../evidence/claim.ts";
import { faultIn } from "../../evidence/fault-in.ts";
import { hop as seen } from "../../evidence/journey/journey.ts";

/** The outputs as components/outputs.ts and the README promise them, of a lab whose claims all hold; strict, so that a new one is added on purpose. */
const ip = z.union([z.ipv4(), z.ipv6()]);
const text = z.string().min(1);
const count = z.int().positive();
const privateKey = z.string().regex(/^-----BEGIN OPENSSH PRIVATE KEY-----/);

const strict = z.strictObject({
  ...proved.shape,
  id: text,
  claim: text,
  node: text,
  at: z.iso.datetime(),
  command: text,
  expected: text,
  observed: text,
  kind: z.string(),
  about: z.looseObject({}),
});
/** First as strict as can be, then what each kind is about. */
export const claim = (strict as z.ZodType as z.ZodType<Claim>).pipe(evidence);

const outer = seen.shape.outer.unwrap().extend({
  source: ip,
  destination: ip,
  ttl: count,
  length: count,
  sourcePort: count.optional(),
  // 4789 is what tests/backends sets.
  destinationPort: z.literal([8472, 8285, 51820, 4789]).optional(),
  vni: count.optional(),
  sourceMac: z.mac().optional(),
  destinationMac: z.mac().optional(),
});
const hop = seen
  .extend({
    kind: z.string().regex(/^(ICMP(v6)? echo re(quest|ply)|TCP SYN(, ACK)?)$/),
    machine: text,
    interface: text,
    source: ip,
    destination: ip,
    ttl: count,
    length: count,
    // A tun device, and one for IP in IP, has none.
    sourceMac: z.union([z.mac(), z.literal("00:00:00:00:00:00")]),
    outer: outer.strict().optional(),
    micros: z.int(),
    aligned: z.literal(true).optional(),
  })
  .strict();

const pod = promised.pod.extend({ uid: z.uuid(), ip, containers: z.array(z.string()).min(1) }).strict();
const scenario = promised.scenario
  .extend({
    pods: z.array(pod).min(1),
    claims: z.array(claim).min(1),
    journey: z.array(hop).min(1).optional(),
  })
  .strict();

/** The page pod-network is always taught, the others by the config key `lessons`. */
const byLesson = <T extends z.ZodType>(of: T) =>
  z.strictObject({
    "container-to-container": of,
    "pod-to-pod-single-node": of,
    "pod-to-pod-multi-node": of,
    service: of.optional(),
    "load-balancer": of.optional(),
    "cluster-dns": of.optional(),
    "service-auto": of.optional(),
    "network-policy": of.optional(),
  });

const node = promised.node
  .extend({
    name: text,
    address: ip,
    ssh: z.string().regex(/^ssh:\/\/[a-z]+@[^:]+:\d+$/),
    packages: z.looseObject({ "bridge-utils": z.string().regex(/^\d/), "net-tools": z.string().regex(/^\d/) }),
  })
  .strict();

export const contract = promised.outputs
  .extend({
    nodes: z.array(node).min(2),
    network: z.strictObject({
      backend: z.enum(backendNames),
      options: backendOptions.optional(),
      ipFamily: z.enum(["dual", "ipv6"]).optional(),
    }),
    podIPs: byLesson(z.record(z.string(), ip)),
    scenarios: byLesson(scenario),
    captures: z.strictObject({
      "pod-to-pod-single-node": z.base64().min(1),
      "pod-to-pod-multi-node": z.base64().min(1),
      service: z.base64().min(1).optional(),
    }),
    faults: z.array(faultIn.strict()),
    verification: z.strictObject({ passed: count, failed: z.literal(0), at: z.iso.datetime() }),
    kubeconfig: z.string().regex(/^apiVersion: v1/),
    access: promised.access.extend({ privateKey, privateKeys: z.record(z.string(), privateKey).optional() }).strict(),
    cost: promised.cost
      .extend({
        perHour: z.union([z.number().nonnegative(), z.string()]),
        machines: z.record(
          z.string(),
          z.strictObject({ type: z.string(), perHour: z.union([z.number().positive(), z.literal("unknown")]) }),
        ),
        volumesAndAddresses: z.number().nonnegative(),
      })
      .strict(),
  })
  .strict();
