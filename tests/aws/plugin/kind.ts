/** Stand-in for pulumi-resource-aws: what a type of resource is to it. */
import type { EC2, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import type { SSM } from "@aws-sdk/client-ssm";
import { z } from "zod";

/** Where every call goes. */
export interface Api {
  readonly ec2: EC2;
  readonly ssm: SSM;
}

export interface Kind {
  /** The inputs that the lab gives it: another one is refused, not ignored. */
  readonly inputs: z.ZodObject;
  /** What it has beyond its inputs and its id. */
  readonly outputs: readonly string[];
  readonly create: (
    inputs: unknown,
    api: Api,
  ) => Promise<{ readonly id: string; readonly outputs?: Readonly<Record<string, string>> }>;
  readonly remove: (id: string, inputs: unknown, api: Api) => Promise<unknown>;
}

export function kind<Inputs extends z.ZodObject>(
  inputs: Inputs,
  operations: {
    readonly create: (inputs: z.output<Inputs>, api: Api) => ReturnType<Kind["create"]>;
    readonly remove: (id: string, inputs: z.output<Inputs>, api: Api) => Promise<unknown>;
  },
  outputs: readonly string[] = [],
): Kind {
  return {
    inputs,
    outputs,
    create: (given, api) => operations.create(inputs.parse(given), api),
    remove: (id, given, api) => operations.remove(id, inputs.parse(given), api),
  };
}

export const tags = z.record(z.string(), z.string());

const asList = (given: z.output<typeof tags>): Tag[] => Object.entries(given).map(([Key, Value]) => ({ Key, Value }));

/** Tags go with the call that makes a thing: it is never there without. */
export const tagged = (type: TagSpecification["ResourceType"], given: z.output<typeof tags>): TagSpecification[] => [
  { ResourceType: type, Tags: asList(given) },
];

/** What an answer must hold. @throws Error naming what it does not */
export function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the API's answer has no ${what}`);
  return value;
}
