import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError } from "commander";
import { MissingProgram } from "../bundle/tools.ts";
import { plainText } from "../evidence/plain-text.ts";
import { split, type VerbatimVerb } from "./command-line.ts";
import { defaultStack } from "./paths.ts";
import { createProgram } from "./program.ts";
import { Problem } from "./view/problem.ts";
import { paint } from "./view/say.ts";

async function run(argv: readonly string[]): Promise<number> {
  const command = split(argv);
  return command.kind === "verbatim"
    ? await runVerbatim(command.verb, command.stack, command.args)
    : await runOwn(command.args);
}

async function runVerbatim(verb: VerbatimVerb, stack: string | undefined, args: readonly string[]): Promise<number> {
  switch (verb) {
    case "kubectl":
      return await (await import("./verbs/kubectl.ts")).kubectl(stack ?? defaultStack, args);
    case "pulumi":
      return await (await import("./verbs/pulumi.ts")).pulumiVerb(stack, args);
    default: {
      const unknown: never = verb;
      throw new Error(`no such verb: ${String(unknown)}`);
    }
  }
}

async function runOwn(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = createProgram(
    async (verb, options, words) => {
      code = (await verb.run(options, ...(words as never[]))) ?? 0;
    },
    () => void process.stdout.write(helpText()),
  );
  await program.parseAsync(argv, { from: "user" });
  return code;
}

function helpText(): string {
  return readFileSync(join(import.meta.dirname, "help.txt"), "utf8");
}

/** Prints what went wrong and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // --help
    if (error.code === "commander.help") {
      process.stdout.write(helpText());
      return 0;
    }
    const [text = "", ...hints] = error.message.replace(/^error: /, "").split("\n");
    process.stderr.write(`lab: ${[text, ...hints.map((hint) => hint.trim())].join(" ")}; ./lab help shows all verbs\n`);
    return 2;
  }
  const message =
    error instanceof Problem || error instanceof MissingProgram
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  // It may quote a machine or a file.
  process.stderr.write(`${paint("red", "lab:", process.stderr)} ${plainText(message)}\n`);
  return error instanceof Problem ? error.exitCode : 1;
}

// `./lab outputs | head`: the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
process.exitCode = await run(process.argv.slice(2)).catch(explain);
