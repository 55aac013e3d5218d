import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option, type OptionValues } from "commander";
import { split } from "./command-line.ts";
import { defaultStack } from "./paths.ts";
import { Problem } from "./view/problem.ts";
import { paint } from "./view/say.ts";
import type { TraceOptions } from "./verbs/trace.ts";

/** Each verb's code is loaded only when it is called: `./lab env` need not wait for what `./lab test` uses. */
async function run(argv: readonly string[]): Promise<number> {
  const command = split(argv);
  if (command.kind === "verbatim") {
    const { stack, args } = command;
    switch (command.verb) {
      case "kubectl":
        return await (await import("./verbs/kubectl.ts")).kubectl(stack ?? defaultStack, args);
      case "pulumi":
        return await (await import("./verbs/pulumi.ts")).pulumiVerb(stack, args);
      default: {
        const unknown: never = command.verb;
        throw new Error(`no such verb: ${String(unknown)}`);
      }
    }
  }
  return await runOwn(command.args);
}

interface Common {
  readonly stack: string;
}

async function runOwn(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("./lab")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .option("-s, --stack <stack>", "another lab beside the first", stackName, defaultStack);
  const verb = (usage: string, about: string): Command =>
    program.command(usage).description(about).option("-s, --stack <stack>", "another lab beside the first", stackName);
  /** `-s` may stand before the verb or after it. */
  const action =
    <Options extends OptionValues>(work: (options: Options & Common) => Promise<number | void>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      code = (await work({ ...program.opts<Common>(), ...command.opts<Options>() })) ?? 0;
    };

  verb("up", "build what is missing, bring the lab up, check it").action(
    action(async ({ stack }) => (await import("./verbs/up.ts")).up(stack)),
  );
  verb("verify", "run every check on the nodes again").action(
    action(async ({ stack }) => (await import("./verbs/verify.ts")).verify(stack)),
  );
  verb("destroy", "take everything of the lab down")
    .option("--remove", "forget the stack as well: its state and history")
    .action(action<{ remove?: boolean }>(async (options) => (await import("./verbs/destroy.ts")).destroy(options)));
  verb("outputs", "what was found, as JSON")
    .option("--table", "for people: nodes, pods, claims")
    .option("--show-secrets", "the kubeconfig and the SSH key in plain text")
    .action(
      action<{ table?: boolean; showSecrets?: boolean }>(async (options) =>
        (await import("./verbs/outputs.ts")).outputs(options),
      ),
    );
  verb("report", "what was found, as one page to look at: the picture, the packet's journey, every claim")
    .option("--lang <language>", "en or zh; without it the reader's browser chooses")
    .option("-o, --output <file>", "the file to write (default: report-STACK.html)")
    .action(
      action<{ lang?: string; output?: string }>(async (options) =>
        (await import("./verbs/report.ts")).report(options),
      ),
    );
  verb("env", 'print variables for: eval "$(./lab env)"').action(
    action(async ({ stack }) => (await import("./verbs/env.ts")).env(stack)),
  );
  verb("doctor", "what is there, what is missing, what to do about it").action(
    action(async ({ stack }) => (await import("./verbs/doctor.ts")).doctor(stack)),
  );
  program
    .command("ssh")
    .description("a shell on a node, or one command there")
    .option("-s, --stack <stack>", "another lab beside the first", stackName)
    .argument("<node>")
    .argument("[command...]")
    .passThroughOptions()
    .action(async (node: string, words: string[], options: Partial<Common>) => {
      const { stack } = { ...program.opts<Common>(), ...options };
      code = await (await import("./verbs/ssh.ts")).ssh(stack, node, words);
    });
  program
    .command("trace")
    .description("one packet from pod to pod and back, seen on every interface")
    .option("-s, --stack <stack>", "another lab beside the first", stackName)
    .argument("<from>", "pod, as NAMESPACE/NAME or NAME")
    .argument("<to>", "pod")
    .addOption(new Option("--proto <protocol>", "what to send").choices(["icmp", "udp", "tcp"]).default("icmp"))
    .option(
      "--port <port>",
      "UDP or TCP port of the other pod (default: an echo server beside it, for the while)",
      portNumber,
    )
    .option("--pcap <file>", "keep what was captured, for Wireshark (pcapng)")
    .option("--json", "for programs")
    .action(async (from: string, to: string, options: Partial<Common> & Omit<TraceOptions, "stack">) => {
      code = await (await import("./verbs/trace.ts")).trace(from, to, { ...program.opts<Common>(), ...options });
    });
  verb("captures", "the packets of the scenarios' journeys, for Wireshark (pcapng)")
    .option("-d, --directory <directory>", "where to write them", ".")
    .action(action<{ directory: string }>(async (options) => (await import("./verbs/captures.ts")).captures(options)));
  program
    .command("test")
    .description("types lint shell unit components report behaviours live; all of them without a name; vm only by it")
    .argument("[tier...]")
    .action(async (names: string[]) => {
      code = await (await import("./verbs/test.ts")).test(names);
    });
  // Not for people: the names of the two, for the mistyped ones among the others.
  program.command("kubectl").description("kubectl on the lab's cluster");
  program.command("pulumi").description("any Pulumi command, in the lab's environment");
  program
    .command("help")
    .description("what ./lab can do")
    .action(() => void process.stdout.write(helpText()));

  await program.parseAsync(argv, { from: "user" });
  return code;
}

/** What Pulumi takes for a stack's name, less the organization, which the file backend does not have. */
function stackName(value: string): string {
  if (/^[A-Za-z0-9._-]{1,100}$/.test(value)) return value;
  throw new InvalidArgumentError("write letters, digits, hyphens, underscores and dots");
}

function portNumber(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("write a whole number from 1 to 65535");
}

function helpText(): string {
  return readFileSync(join(import.meta.dirname, "help.txt"), "utf8");
}

/** Prints what went wrong and says what the process ends with. */
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
    error instanceof Problem ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${paint("red", "lab:", process.stderr)} ${message}\n`);
  return error instanceof Problem ? error.exitCode : 1;
}

// `./lab outputs | head`: whoever reads has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
process.exitCode = await run(process.argv.slice(2)).catch(explain);
