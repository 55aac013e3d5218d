// What an earlier run printed, for the environment of the next one.
import type { Task } from "./task.ts";
import { textOf, type Properties } from "./values.ts";

/** Linux starts no program with a variable of 128 KiB or more, and SSH sends none. */
const longest = 100 * 1024;

export function previousOutput(state: Properties, task: Task): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [stream, name] of [
    ["stdout", "PULUMI_COMMAND_STDOUT"],
    ["stderr", "PULUMI_COMMAND_STDERR"],
  ] as const) {
    const text = textOf(state[stream]);
    if (Buffer.byteLength(text) > longest) {
      task.log.write("warning", `${name} is not set: the previous ${stream} is too long for a variable`, {
        lasting: true,
      });
    } else if (text !== "") {
      variables[name] = text;
    }
  }
  return variables;
}
