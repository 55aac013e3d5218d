import { z } from "zod";
import { nearest } from "../nearest.ts";

const text = z.string();
const number = z.coerce.number();
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

/** Every config key, as Pulumi.yaml declares it; each has its default there. */
const schema = z.strictObject({
  platform: text,
  workers: number,
  nodeNames: z.preprocess(json, z.array(z.string())),
  machineCidr: text,
  podCidr: text,
  serviceCidr: text,
  portBase: number,
  artifacts: text,
  mirrors: z.preprocess(json, z.record(z.string(), z.unknown())),
  controlPlaneCpus: number,
  controlPlaneMemory: number,
  controlPlaneDisk: number,
  workerCpus: number,
  workerMemory: number,
  workerDisk: number,
  verify: text,
});
export type Config = z.output<typeof schema>;

/** Gives every value its type. Problems are about keys and types only; what the values mean is judged by others. */
export function readKeys(raw: Readonly<Record<string, unknown>>): { readonly config?: Config; readonly problems: readonly string[] } {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { config: parsed.data, problems: [] };
  return { problems: parsed.error.issues.flatMap((issue) => explain(issue, raw)) };
}

function explain(issue: z.core.$ZodIssue, raw: Readonly<Record<string, unknown>>): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = Object.keys(schema.shape);
      const meant = nearest(key, known);
      return `${key} is not a config key; ${meant === undefined ? `the keys are ${known.join(", ")}` : `did you mean ${meant}?`}`;
    });
  }
  const key = String(issue.path[0]);
  if (!(key in raw)) return [`${key} is missing; remove your own "config" from Pulumi.yaml or set it`];
  const kinds: Readonly<Record<string, string>> = { nodeNames: "a list of names", mirrors: "a map" };
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  const kind = kinds[key] ?? (shape[key] === number ? "a number" : "text");
  return [`${issue.path.join(".")} ${JSON.stringify(raw[key])} is not ${kind}; see Pulumi.yaml for its form`];
}
