import type { Input } from "@pulumi/pulumi";
import { z } from "zod";
import { backendNames, backendOf, backendOptions, type Carrier, isUsual } from "../evidence/backends.ts";
import { claim, proved, subject } from "../evidence/claim.ts";
import { faultIn } from "../evidence/fault-in.ts";
import { type IpFamilies, ipFamilies } from "../evidence/family.ts";
import { hop } from "../evidence/journey/journey.ts";
import { verification } from "../evidence/verdict.ts";

/** A machine of the lab. */
export const node = z.object({
  name: z.string(),
  role: z.enum(["control-plane", "worker"]),
  address: z.string().describe("Address in the lab's own network: IPv6 with ipFamily ipv6, else IPv4."),
  address6: z.string().optional().describe("IPv6 address there, with ipFamily dual or ipv6."),
  ssh: z.string().describe("ssh://USER@HOST:PORT"),
  packages: z
    .record(z.string(), z.string())
    .describe("Versions of the course's packages, as read on the node, by name."),
});

export const pod = z.object({
  name: z.string(),
  uid: z.string(),
  node: z.string(),
  ip: z.string().describe("IPv6 with ipFamily ipv6, else IPv4."),
  ip6: z.string().optional().describe("IPv6 address, with ipFamily dual or ipv6."),
  containers: z.array(z.string()).readonly(),
});

export const scenario = z.object({
  pods: z.array(pod).readonly(),
  claims: z.array(claim).readonly(),
  journey: z
    .array(hop)
    .readonly()
    .optional()
    .describe("Where a packet was followed: hop by hop, there and back. Empty when nothing marked was captured."),
  journey6: z.array(hop).readonly().optional().describe("The same of an IPv6 packet, with ipFamily dual."),
});

/** What an SSH client needs for the machines. */
export const access = z.object({
  privateKey: z
    .string()
    .describe("Lets in on every machine, or on the control plane, where machines have keys of their own."),
  privateKeys: z.record(z.string(), z.string()).optional().describe("By node name; absent where one key does for all."),
  knownHosts: z.string().describe("A known_hosts file."),
});

/** What the machines cost while they run, as far as list prices tell. */
export const cost = z.object({
  perHour: z.union([z.number(), z.string()]).describe("US dollars an hour for all of it, or why that cannot be said."),
  machines: z
    .record(z.string(), z.object({ type: z.string(), perHour: z.union([z.number(), z.literal("unknown")]) }))
    .describe("Each machine by node name: its type, and US dollars an hour."),
  volumesAndAddresses: z.number().describe("US dollars an hour for root volumes and public addresses together."),
  prices: z.string().describe("Whose prices, and of when."),
});

/** What stands for a secret unless it is asked for with --show-secrets. */
const hidden = z.literal("[secret]");

/** The stack's outputs: what the program exports, and what everybody else reads. */
export const outputs = z.object({
  nodes: z.array(node).describe("The control plane first."),
  network: z
    .object({
      backend: z.enum(backendNames).describe("How flannel carries packets from node to node."),
      options: backendOptions
        .optional()
        .describe("What was set beside the backend's name, and is not as flannel has it."),
      ipFamily: z.enum(ipFamilies).optional().describe("Absent: ipv4."),
    })
    .optional()
    .describe("Absent in what an older version of the lab wrote: vxlan."),
  podIPs: z.record(z.string(), z.record(z.string(), z.string())).describe("Pod addresses by namespace and pod name."),
  scenarios: z.record(z.string(), scenario).describe("What was proved, by namespace."),
  captures: z
    .record(z.string(), z.string())
    .describe("By namespace where a packet was followed: the frames behind its journey, a pcapng file in base64."),
  faults: z.array(faultIn).readonly().describe("What is broken on purpose, when the claims were checked."),
  verification,
  kubeconfig: z.string().describe("Admin kubeconfig, usable from the user's machine as it is; a secret."),
  access: z.union([access, hidden]),
  cost,
});

export type Outputs = z.infer<typeof outputs>;
export type NodeOutput = Readonly<z.infer<typeof node>>;
export type PodOutput = Readonly<z.infer<typeof pod>>;
export type ScenarioOutput = Readonly<z.infer<typeof scenario>>;
export type Access = Readonly<z.infer<typeof access>>;
export type Cost = Readonly<z.infer<typeof cost>>;

/** What the outputs say of the way between nodes. */
export function networkOutput(carrier: Carrier, ipFamily: IpFamilies): NonNullable<Outputs["network"]> {
  const backend = backendOf(carrier);
  return {
    backend: backend.name,
    ...(!isUsual(backend) && { options: backend.options }),
    ...(ipFamily !== "ipv4" && { ipFamily }),
  };
}

/** The contract for programs that do not read TypeScript: docs/outputs.schema.json, which `npm run schema` writes. */
export function schemaText(): string {
  const io = "input";
  const part = (of: z.ZodType) => {
    const { $schema: _, ...schema } = z.toJSONSchema(of, { io });
    return schema;
  };
  const schema = z.toJSONSchema(outputs, {
    io,
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== (claim as z.core.$ZodType)) return;
      // What all claims have stands there once, and not once for each kind.
      delete jsonSchema.oneOf;
      jsonSchema.allOf = [part(proved), part(subject)];
    },
  });
  const title = "The outputs of a pod-networking-lab stack: ./lab outputs, or pulumi stack output --json";
  return `${JSON.stringify({ ...schema, title }, null, 2)}\n`;
}

/** The same while the engine is still finding it out. */
export type Exported<T> = Input<T extends string | number | boolean ? T : { readonly [K in keyof T]: Exported<T[K]> }>;
