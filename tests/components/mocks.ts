// A stand-in for the Pulumi engine (the SDK's own mocks): it records what a program asks for and answers with what a test says.
// It does not prove that anything can be created.
import * as pulumi from "@pulumi/pulumi";

export interface Recorded {
  readonly type: string;
  readonly name: string;
  // Inputs are of every shape; a test reads the ones it states something about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly inputs: any;
  /** In the order of registration. */
  readonly index: number;
}

/** The resources recorded so far, by name. */
export const recorded = new Map<string, Recorded>();

/** The lab's own components among them; two of different types may share a name. Their inputs are what was given to `super`. */
export const components: Recorded[] = [];

/** @throws Error when nothing of that name was asked for */
export function recordedAs(name: string): Recorded {
  const resource = recorded.get(name);
  if (resource === undefined) throw new Error(`no resource ${name}; there are ${[...recorded.keys()].join(", ")}`);
  return resource;
}

/** What a resource was asked for with, in the shape that a test reads. */
export const inputsOf = <T>(name: string): T => recordedAs(name).inputs as T;

/** The place of a resource in the order of registration; NaN, which is before and after nothing, where it was not asked for. */
export const at = (name: string): number => recorded.get(name)?.index ?? Number.NaN;

/** Outputs beyond the inputs, by resource name; asked when a resource is registered. A promise is a resource that takes its time. */
export type Answers = (resource: Recorded) => Record<string, unknown> | Promise<Record<string, unknown>>;

/** Installs the mocks; call it before a component is made. */
export async function useMocks(
  answers: Answers,
  config: Readonly<Record<string, string>> = {},
  /** What invokes return. */
  calls: (args: pulumi.runtime.MockCallArgs) => Record<string, unknown> = () => ({}),
): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource: async (args) => {
        const resource = { type: args.type, name: args.name, inputs: args.inputs, index: recorded.size };
        recorded.set(args.name, resource);
        if (args.type.startsWith("podnet:")) components.push(resource);
        return { id: `${args.name}-id`, state: { ...args.inputs, ...(await answers(resource)) } };
      },
      call: calls,
    },
    "pod-networking-lab",
    "mock",
    false,
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`pod-networking-lab:${key}`, value])),
  );
}

/** What an output is made of; the SDK keeps it out of its types. */
interface Inside<T> {
  promise(): Promise<T>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
  readonly allResources?: () => Promise<unknown>;
}

/** The value of an output; rejects where it fails. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  const { isKnown, isSecret, allResources } = output as unknown as Inside<T>;
  // They fail with the value, which alone is asked for here.
  for (const same of [isKnown, isSecret, allResources?.call(output)]) void same?.catch(() => undefined);
  // Not `apply`: its callback is not called for a failure, which would be waited for without end.
  return (output as unknown as Inside<T>).promise();
}

/** Waits until a resource of that name has been asked for. @throws Error when it was not within some seconds */
export async function registered(name: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!recorded.has(name)) {
    if (Date.now() > deadline)
      throw new Error(`${name} was not asked for; there are ${[...recorded.keys()].join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What is inside an input that was sent as a secret. @throws Error when it was sent in the clear */
export function secretInput(input: unknown): unknown {
  const key = "4dabf18193072939515e22adb298388d"; // the engine's mark of a special value (sdk runtime/rpc.ts)
  if (typeof input === "object" && input !== null && key in input && "value" in input) return input.value;
  throw new Error(`not a secret: ${JSON.stringify(input)}`);
}
