import { Command, Option } from "commander";
import { stackName, verbatim } from "./command-line.ts";
import { defaultStack } from "./paths.ts";
import { type Verb, verbs } from "./verbs/table.ts";

/** What is done with a verb once its words have been read. */
export type Perform = (verb: Verb, options: { readonly stack: string }, words: readonly string[]) => unknown;

/** Commander's program of all verbs but the two whose words belong to another program. It exits nothing and prints no error: it throws. */
export function createProgram(perform: Perform, help: () => void): Command {
  const program = new Command("./lab")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addOption(stackOption().default(defaultStack));
  for (const verb of verbs) {
    commandFor(program, verb).action(async (...given: unknown[]) => {
      // `-s` may stand before the verb or after it.
      const options = { ...program.opts<{ stack: string }>(), ...(given.at(-2) as object) };
      await perform(verb, options, given.slice(0, -2) as string[]);
    });
  }
  // Never run from here: a mistyped name is compared with these two as well.
  for (const name of verbatim) program.command(name);
  program.command("help").action(help);
  return program;
}

const stackOption = (also = ""): Option =>
  new Option("-s, --stack <stack>", `stack (lab) to work on${also}`).argParser(stackName);

function commandFor(program: Command, { name, about, takes = [], options = [], passesWordsOn = false }: Verb): Command {
  const command = program
    .command(name)
    .description(about)
    .addOption(stackOption(` (default: ${defaultStack})`));
  for (const [form, text] of takes) command.argument(form, text);
  for (const option of options) command.addOption(option);
  return command.passThroughOptions(passesWordsOn);
}
