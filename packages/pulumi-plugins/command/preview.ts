// What a preview may promise about the outputs of a command that does not run yet.
import { resources, type ResourceToken } from "./schema.ts";
import { same } from "./diff.ts";
import { hasUnknown, isAbsent, revealAll, unknownString, type Properties } from "./values.ts";

export function previewCreate(token: ResourceToken, inputs: Properties): Properties {
  return { ...inputs, ...(prints(token) && { stdout: unknownString, stderr: unknownString }) };
}

/** Outputs of the last run stay, unless an input that they may depend on changes. */
export function previewUpdate(token: ResourceToken, state: Properties, inputs: Properties): Properties {
  const changes = Object.keys(resources[token].inputs).some(
    (name) => hasUnknown(inputs[name]) || (!isAbsent(state[name]) && !same(state[name], inputs[name])),
  );
  const outputs: Properties = {};
  for (const name of Object.keys(resources[token].outputs)) {
    const value = state[name];
    if (!isAbsent(value)) outputs[name] = changes ? unknownString : revealAll(value!);
  }
  return { ...inputs, ...outputs };
}

const prints = (token: ResourceToken): boolean => Object.hasOwn(resources[token].outputs, "stdout");
