import { Option, type OptionValues } from "commander";
import { faultLevel, portNumber, roundCount, secondsOf } from "../command-line.ts";
import type { BreakOptions } from "./break.ts";
import type { CompareOptions } from "./compare.ts";
import type { DiagnoseOptions } from "./diagnose.ts";
import type { ExerciseOptions } from "./exercise.ts";
import type { FaultsOptions } from "./faults.ts";
import type { TraceOptions } from "./trace.ts";

/** What every verb is given, whether `-s` stood before the verb or after it. */
interface Common {
  readonly stack: string;
}

/** One verb of ./lab. Commander makes of it what it accepts, its `--help`, and the answer to a mistyped name. */
export interface Verb {
  readonly name: string;
  readonly about: string;
  /** Such as ["<node>", "its name"]; the text may be left out. */
  readonly takes?: readonly (readonly [form: string, about?: string])[];
  readonly options?: readonly Option[];
  /** Words after the first argument belong to another program, those that begin with a hyphen among them. @default false */
  readonly passesWordsOn?: boolean;
  /** Returns the exit code; nothing is 0. Imports the verb's code: `./lab env` need not wait for what `./lab test` uses. */
  readonly run: (options: Common, ...words: never[]) => Promise<number | void>;
}

/** Gives `run` the types of the verb's own options. */
function verb<Options extends OptionValues, Words extends unknown[] = []>(
  declared: Omit<Verb, "run"> & {
    readonly run: (options: Options & Common, ...words: Words) => Promise<number | void>;
  },
): Verb {
  return declared as unknown as Verb;
}

const option = (flags: string, about: string): Option => new Option(flags, about);

const languageOption = (): Option => option("--lang <language>", "en or zh (default: en)");

export const verbs: readonly Verb[] = [
  verb({
    name: "up",
    about: "build what is missing, bring the lab up, check it",
    run: async ({ stack }) => (await import("./up.ts")).up(stack),
  }),
  verb({
    name: "verify",
    about: "run every check on the nodes again",
    run: async ({ stack }) => (await import("./up.ts")).verify(stack),
  }),
  verb<{ free?: boolean }>({
    name: "pause",
    about: "let the machines rest, and keep what is on them",
    options: [option("--free", "shut them down: memory and ports are free as well")],
    run: async (options) => (await import("./pause.ts")).pause(options),
  }),
  verb({
    name: "resume",
    about: "let the machines of a paused lab go on",
    run: async ({ stack }) => (await import("./pause.ts")).resumeLab(stack),
  }),
  verb({
    name: "renew",
    about: "new certificates for the cluster, also where the old ones have expired",
    run: async ({ stack }) => (await import("./renew.ts")).renew(stack),
  }),
  verb<{ remove?: boolean }, [name?: string]>({
    name: "checkpoint",
    about: "keep the whole cluster as it is now; without a name: what is kept",
    takes: [["[name]", "letters, digits and hyphens"]],
    options: [option("--remove", "remove what is kept under this name")],
    run: async (options, name) => (await import("./checkpoint.ts")).checkpoint(name, options),
  }),
  verb<OptionValues, [name: string]>({
    name: "rewind",
    about: "put the whole cluster back to a checkpoint, and check it",
    takes: [["<name>", "the checkpoint"]],
    run: async ({ stack }, name) => (await import("./checkpoint.ts")).rewind(stack, name),
  }),
  verb<{ remove?: boolean }>({
    name: "destroy",
    about: "take everything of the lab down",
    options: [option("--remove", "forget the stack as well: its state and history")],
    run: async (options) => (await import("./destroy.ts")).destroy(options),
  }),
  verb<{ yes?: boolean }, [action: string | undefined]>({
    name: "cache",
    about: "what is kept on this machine, and what for; prune: what may go",
    takes: [["[action]", "prune: show what no lab and no current version needs"]],
    options: [option("--yes", "with prune: remove it")],
    run: async (options, action) => (await import("./cache.ts")).cache(action, options),
  }),
  verb<{ json?: boolean }>({
    name: "list",
    about: "every lab on this machine: stack, checkout, platform, machines, state",
    options: [option("--json", "for programs")],
    run: async (options) => (await import("./list.ts")).list(options),
  }),
  verb<{ table?: boolean; showSecrets?: boolean }>({
    name: "outputs",
    about: "what was found, as JSON",
    options: [
      option("--table", "for people: nodes, pods, claims"),
      option("--show-secrets", "the kubeconfig and the SSH key in plain text"),
    ],
    run: async (options) => (await import("./outputs.ts")).outputs(options),
  }),
  verb<{ lang?: string; output?: string }>({
    name: "report",
    about: "what was found, as one page to look at: the picture, the packet's journey, every claim",
    options: [
      option("--lang <language>", "en or zh; without it the reader's browser chooses"),
      option("-o, --output <file>", "the file to write (default: report-STACK.html)"),
    ],
    run: async (options) => (await import("./report.ts")).report(options),
  }),
  verb({
    name: "env",
    about: 'print variables for: eval "$(./lab env)"',
    run: async ({ stack }) => (await import("./env.ts")).env(stack),
  }),
  verb({
    name: "doctor",
    about: "what is there, what is missing, what to do about it",
    run: async ({ stack }) => (await import("./doctor.ts")).doctor(stack),
  }),
  verb<OptionValues, [node: string, words: string[]]>({
    name: "ssh",
    about: "a shell on a node, or one command there",
    takes: [["<node>"], ["[command...]"]],
    passesWordsOn: true,
    run: async ({ stack }, node, words) => (await import("./ssh.ts")).ssh(stack, node, words),
  }),
  verb<Omit<TraceOptions, "stack">, [from: string, to: string]>({
    name: "trace",
    about: "one packet, seen on every interface on its way there and back; a lost one with why",
    takes: [
      ["<from>", "pod, as NAMESPACE/NAME or NAME, node/NAME, or outside: this machine"],
      ["<to>", "pod, svc/NAME[.NAMESPACE], node/NAME, an address, or a DNS name"],
    ],
    options: [
      option("--proto <protocol>", "what to send (default: icmp; to a Service, what its port takes)").choices([
        "icmp",
        "udp",
        "tcp",
      ]),
      option(
        "--port <port>",
        "UDP or TCP port (default: a Service's first; beside a pod an echo server, started for this one trace)",
      ).argParser(portNumber),
      option(
        "--family <number>",
        "4 or 6: by which addresses of the pods (default: 6 for an IPv6 address, or where the lab has no other; else 4)",
      ).choices(["4", "6"]),
      option("--pcap <file>", "keep what was captured, for Wireshark (pcapng)"),
      option("--json", "for programs"),
    ],
    run: async (options, from, to) => (await import("./trace.ts")).trace(from, to, options),
  }),
  verb<Omit<CompareOptions, "stack">, [backends: string[]]>({
    name: "compare",
    about: "flannel's backends on the same machines, one after the other: hops, headers, times, throughput, CPU",
    takes: [["[backends...]", "in which order (default: all that the machines can carry)"]],
    options: [
      option("--rounds <count>", "how often each is measured").argParser(roundCount).default(3),
      option("--lang <language>", "of the page, en or zh; without it the reader's browser chooses"),
      option("-o, --output <file>", "the page to write (default: compare-STACK.html)"),
      option("--json", "for programs"),
    ],
    run: async (options, names) => (await import("./compare.ts")).compare(names, options),
  }),
  verb<{ directory: string }>({
    name: "captures",
    about: "the packets of the scenarios' journeys, for Wireshark (pcapng)",
    options: [option("-d, --directory <directory>", "where to write them").default(".")],
    run: async (options) => (await import("./captures.ts")).captures(options),
  }),
  verb<Omit<BreakOptions, "stack">, [name?: string]>({
    name: "break",
    about: "break the lab's network on purpose, with a fault of the catalogue",
    takes: [["[name]", "a fault, as ./lab faults lists them"]],
    options: [
      option(
        "--on <place>",
        "a node, or a pod as NAMESPACE/NAME (default: a pod of the course's lessons, and its node)",
      ),
      option("--towards <place>", "the node or pod at the other end"),
      option("--for <time>", "heal by itself after this time, such as 90s, 10m or 2h").argParser(secondsOf),
      option("--random", "one by chance"),
      option("--level <level>", "with --random: 1 (easy), 2 or 3 (hard)").argParser(faultLevel),
      option("--hidden", "do not tell what it is"),
    ],
    run: async (options, name) => (await import("./break.ts")).breakLab(name, options),
  }),
  verb<OptionValues, [name?: string]>({
    name: "heal",
    about: "take away a fault that is in, or all of them",
    takes: [["[name]", "the fault (default: every one)"]],
    run: async ({ stack }, name) => (await import("./heal.ts")).heal(stack, name),
  }),
  verb<Omit<FaultsOptions, "stack">>({
    name: "faults",
    about: "the faults that there are, and which are in, since when",
    options: [option("--show", "name a hidden one too"), option("--json", "for programs")],
    run: async (options) => (await import("./faults.ts")).faults(options),
  }),
  verb<Omit<DiagnoseOptions, "stack">>({
    name: "diagnose",
    about: "every check anew, and the fewest causes that explain what fails",
    options: [languageOption(), option("--json", "for programs")],
    run: async (options) => (await import("./diagnose.ts")).diagnoseLab(options),
  }),
  verb<Omit<ExerciseOptions, "stack">, [action: string | undefined, files: string[]]>({
    name: "exercise",
    about: "something is broken on purpose, and you find it: hint, check, give-up; results FILE... for teachers",
    takes: [
      ["[action]", "hint, check, give-up or results (default: begin one)"],
      ["[files...]", "with results"],
    ],
    options: [
      option("--level <level>", "1 (easy), 2 or 3 (hard); default: any").argParser(faultLevel),
      languageOption(),
    ],
    run: async (options, action, files) => (await import("./exercise.ts")).exercise(action, files, options),
  }),
  verb<OptionValues, [names: string[]]>({
    name: "test",
    about: "run the tests of these tiers, or of all but those that run by name only; ./lab help lists them",
    takes: [["[tier...]"]],
    run: async (_, names) => (await import("./test.ts")).test(names),
  }),
];
