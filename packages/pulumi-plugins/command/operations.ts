// What each resource does when it is created, changed and deleted: inputs and state in, new outputs out.
import { randomBytes } from "node:crypto";
import { runLocal } from "./local/run.ts";
import { resources, type ResourceToken } from "./schema.ts";
import type { Task } from "./task.ts";
import { isAbsent, isObject, revealAll, secretStrings, textOf, type Properties, type Value } from "./values.ts";

export interface Operations {
  create(inputs: Properties, task: Task): Promise<Properties>;
  update(state: Properties, inputs: Properties, task: Task): Promise<Properties>;
  delete(state: Properties, task: Task): Promise<void>;
}

type Run = (inputs: Properties, which: string, previous: Properties, task: Task) => Promise<Properties>;

// SSH takes some 60 ms to load: only when it is needed.
const runRemote: Run = async (...args) => (await import("./remote/run.ts")).runRemote(...args);

function command(run: Run): Operations {
  const nothing = { stdout: "", stderr: "" };
  return {
    async create(inputs, task) {
      return { ...inputs, ...(isAbsent(inputs.create) ? nothing : await run(inputs, "create", {}, task)) };
    },
    async update(state, inputs, task) {
      const which = isAbsent(inputs.update) ? "create" : "update";
      const previous = outputsOf(state);
      return { ...inputs, ...previous, ...(!isAbsent(inputs[which]) && (await run(inputs, which, previous, task))) };
    },
    async delete(state, task) {
      if (!isAbsent(state.delete)) await run(state, "delete", outputsOf(state), task);
    },
  };
}

/** What a run left in the state, in the clear: the engine marks as secret again what the program wants secret. */
function outputsOf(state: Properties): Properties {
  const outputs: Properties = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr", "assets", "archive"]) {
    const value = state[name];
    if (!isAbsent(value)) outputs[name] = revealAll(value!);
  }
  return outputs;
}

const copyToRemote: Operations = {
  async create(inputs, task) {
    const { copy, sourceOf } = await import("./remote/copy.ts");
    await copy(inputs.connection, sourceOf(inputs.source), textOf(inputs.remotePath), task);
    return inputs;
  },
  async update(state, inputs, task) {
    const { contentHash } = await import("./remote/copy.ts");
    const moved = textOf(state.remotePath) !== textOf(inputs.remotePath);
    // The same machine, reached another way, already has the copy.
    if (moved || contentHash(state.source) !== contentHash(inputs.source)) return this.create(inputs, task);
    return inputs;
  },
  // What was copied stays there.
  async delete() {},
};

const copyFile: Operations = {
  async create(inputs, task) {
    const { copy } = await import("./remote/copy.ts");
    await copy(inputs.connection, { path: textOf(inputs.localPath) }, textOf(inputs.remotePath), task);
    return inputs;
  },
  async update(_state, inputs) {
    return inputs;
  },
  async delete() {},
};

const operations: Record<ResourceToken, Operations> = {
  "command:local:Command": command(runLocal),
  "command:remote:Command": command(runRemote),
  "command:remote:CopyToRemote": copyToRemote,
  "command:remote:CopyFile": copyFile,
};

/** The parts of urn:pulumi:STACK::PROJECT::TYPES::NAME; TYPES are the types of all parents and, last, the resource's own. */
export function parseUrn(urn: string): { token: ResourceToken; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  const token = types.split("$").at(-1)!;
  if (!Object.hasOwn(resources, token)) throw new Error(`unknown resource type ${token}`);
  return { token: token as ResourceToken, name: name.join("::") };
}

export const operationsOf = (token: ResourceToken): Operations => operations[token];

/** An id: for a command its name and eight random digits, for a copy the digits alone. */
export const newId = (token: ResourceToken, name: string): string =>
  (token.endsWith(":Command") ? name : "") + randomBytes(4).toString("hex");

/** The strings that no text for people may show. Of a connection, which is secret as a whole, only what opens a door. */
export function secretsIn(properties: Properties): string[] {
  const { connection, ...rest } = properties;
  const doors = (value: Value | undefined): string[] => {
    const bare = revealAll(value ?? null);
    if (!isObject(bare)) return [];
    const own = ["password", "privateKey", "privateKeyPassword"].map((name) => bare[name]);
    return [...own.filter((text): text is string => typeof text === "string"), ...doors(bare.proxy)];
  };
  return [...secretStrings(rest), ...doors(connection)];
}
