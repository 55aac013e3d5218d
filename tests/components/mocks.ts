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

/** Outputs beyond the inputs, by resource name; asked when a resource is registered. */
export type Answers = (resource: Recorded) => Record<string, unknown>;

/** Installs the mocks; call it before a component is made. */
export async function useMocks(
  answers: Answers,
  config: Readonly<Record<string, string>> = {},
  /** What invokes return. */
  calls: (args: pulumi.runtime.MockCallArgs) => Record<string, unknown> = () => ({}),
): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        const resource = { type: args.type, name: args.name, inputs: args.inputs, index: recorded.size };
        recorded.set(args.name, resource);
        return { id: `${args.name}-id`, state: { ...args.inputs, ...answers(resource) } };
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

/** The value of an output; rejects where it fails. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** What is inside an input that was sent as a secret. @throws Error when it was sent in the clear */
export function secretInput(input: unknown): unknown {
  const key = "4dabf18193072939515e22adb298388d"; // the engine's mark of a special value (sdk runtime/rpc.ts)
  if (typeof input === "object" && input !== null && key in input && "value" in input) return input.value;
  throw new Error(`not a secret: ${JSON.stringify(input)}`);
}
