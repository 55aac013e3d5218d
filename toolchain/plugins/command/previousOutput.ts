// What an earlier run printed, for the environment of the next one.
import { reveal, type Properties } from "./values.ts";

export function previousOutput(state: Properties): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [stream, name] of [["stdout", "PULUMI_COMMAND_STDOUT"], ["stderr", "PULUMI_COMMAND_STDERR"]] as const) {
    const text = reveal(state[stream]);
    if (typeof text === "string" && text !== "") variables[name] = text;
  }
  return variables;
}
