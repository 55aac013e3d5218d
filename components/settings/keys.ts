import { z } from "zod";
import { nearest } from "./nearest.ts";

const text = z.string();
const number = z.coerce.number();
/** As Pulumi keeps it; any other text is neither. */
const yes = z.union([z.boolean(), z.literal("true").transform(() => true), z.literal("false").transform(() => false)]);
/** Pulumi keeps a structured value as JSON. */
const json = (value: unknown, context: z.core.$RefinementCtx): unknown => {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    context.addIssue("not JSON");
    return z.NEVER;
  }
};

/** One of `hosts`. What is left out is taken from the keys that begin with ssh. */
const host = z.strictObject({
  name: text,
  role: z.enum(["control-plane", "worker"]),
  address: text,
  privateAddress: text.optional(),
  port: number.optional(),
  user: text.optional(),
  privateKey: text.optional(),
  privateKeyFile: text.optional(),
  hostKey: text.optional(),
  knownHosts: text.optional(),
});

/** One of `faults`: a name alone puts it where it is usual. */
const fault = z.union([
  text.transform((name) => ({ name, on: undefined, towards: undefined })),
  z.strictObject({ name: text, on: text.optional(), towards: text.optional() }),
]);

/** Numbers, even where Pulumi keeps them as text. */
const options = z.strictObject({
  vni: number.optional(),
  port: number.optional(),
  mtu: number.optional(),
  rules: text.optional(),
});

/** Every config key, as Pulumi.yaml declares it; each has its default there. */
const schema = z.strictObject({
  platform: text,
  workers: number,
  nodeNames: z.preprocess(json, z.array(z.string())),
  machineCidr: text,
  podCidr: text,
  serviceCidr: text,
  ipFamily: text,
  podCidr6: text,
  serviceCidr6: text,
  backend: text,
  backendOptions: z.preprocess(json, options),
  portBase: number,
  kubernetesVersion: text,
  proxyMode: text,
  artifacts: text,
  mirrors: z.preprocess(json, z.record(z.string(), z.unknown())),
  controlPlaneCpus: number,
  controlPlaneMemory: number,
  controlPlaneDisk: number,
  workerCpus: number,
  workerMemory: number,
  workerDisk: number,
  hosts: z.preprocess(json, z.array(host)),
  sshUser: text,
  sshPort: number,
  sshPrivateKeyFile: text,
  sshPrivateKey: text,
  sshKnownHosts: text,
  awsRegion: text,
  awsZone: text,
  awsControlPlaneType: text,
  awsWorkerType: text,
  awsVolumeSize: number,
  awsSpot: yes,
  awsAllowFrom: z.preprocess(json, z.array(z.string())),
  awsOpenToTheWorld: yes,
  maxHours: number,
  lessons: z.preprocess(json, z.array(z.string())),
  faults: z.preprocess(json, z.array(fault)),
  verify: text,
  renewed: text,
});
export type Config = z.output<typeof schema>;

/** Gives every value its type. Problems are about keys and types only; what the values mean is judged by others. */
export function readKeys(raw: Readonly<Record<string, unknown>>): {
  readonly config?: Config;
  readonly problems: readonly string[];
} {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { config: parsed.data, problems: [] };
  return { problems: parsed.error.issues.flatMap((issue) => explain(issue, raw)) };
}

function explain(issue: z.core.$ZodIssue, raw: Readonly<Record<string, unknown>>): string[] {
  const [key, ...inside] = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const where = key === undefined ? "" : `${spell(issue.path)}.`;
    const known = Object.keys(key === undefined ? schema.shape : key === "backendOptions" ? options.shape : host.shape);
    return issue.keys.map((given) => {
      const meant = nearest(given, known);
      return `${where}${given} is not a config key; ${meant === undefined ? `the keys are ${known.join(", ")}` : `did you mean ${meant}?`}`;
    });
  }
  if (key === undefined || !(key in raw))
    return [`${key} is missing; remove your own "config" from Pulumi.yaml or set it`];
  if (issue.code === "invalid_value") {
    return [`${spell(issue.path)} is not an allowed value; write one of: ${issue.values.map(String).join(", ")}`];
  }
  const field = inside.at(-1) ?? key;
  const kinds: Readonly<Record<string, string>> = {
    nodeNames: "a list; set it with --path, or write it into the stack's file",
    awsAllowFrom: "a list; set it with --path, or write it into the stack's file",
    hosts: "a list; set it with --path, or write it into the stack's file",
    lessons: "a list; set it with --path, or write it into the stack's file",
    faults: "a list of names, or of { name, on, towards }; set it with --path, or write it into the stack's file",
    mirrors: "a map",
    backendOptions: "a map of vni, port, mtu and rules; set one with --path, as backendOptions.port",
    vni: "a number",
    mtu: "a number",
    port: "a number",
  };
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  const item = /^\d+$/.test(field) && key === "hosts" ? "a map of name, role, address and so on" : undefined;
  const kind =
    item ?? kinds[field] ?? (shape[key] === number ? "a number" : shape[key] === yes ? "true or false" : "text");
  // A private key or a list of hosts may hold secrets: neither is shown.
  const value = ["hosts", "sshPrivateKey"].includes(key) ? "" : ` ${JSON.stringify(raw[key])}`;
  return [
    `${spell(issue.path)}${value} is ${value === "" ? "missing or " : ""}not ${kind}; see Pulumi.yaml for its form`,
  ];
}

/** hosts[0].name */
function spell(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`))
    .join("");
}
