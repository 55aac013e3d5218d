// Proves that every command that the docs print is one: ./lab's by its own parser, npm's scripts, config keys, and config that is shown whole.
// It does not prove what they do: the live tier does that.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse as parseYaml } from "yaml";
import { createProgram } from "../../../cli/program.ts";
import { split } from "../../../cli/command-line.ts";
import { choosePod } from "../../../cli/trace/pods.ts";
import { choose } from "../../../cli/verbs/test.ts";
import { checkSettings } from "../../../components/settings/settings.ts";
import { pages, readPage, root } from "./markdown.ts";

const packageJson = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const declared = (
  parseYaml(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
    readonly config: Readonly<Record<string, { readonly default: unknown }>>;
  }
).config;

const bare = (line: string): string =>
  line
    .trim()
    .replace(/^eval "\$\((.*)\)"$/, "$1")
    .replace(/^([A-Z_]+=\S+ +)+/, "");
const parts = (line: string): string[] => line.split(/\s*&&\s*/).map(bare);

/** The lines of a page's shell blocks, to be typed as they are. */
function linesOf(page: string): string[] {
  const blocks = readPage(page).codeBlocks.filter(({ language }) => language === "sh");
  return blocks.flatMap(({ lines }) => lines.flatMap((line) => parts(line.replace(/(^|\s+)#.*$/, ""))));
}

/** What stands in a sentence: a command, or the name of one. */
const namedIn = (page: string): string[] => readPage(page).spans.flatMap(parts);

const commandsOf = (page: string): string[] => [...linesOf(page), ...namedIn(page)];

/** Words as a shell would split them; what stands in brackets may be given, so it is. */
function words(command: string): string[] {
  return command
    .replaceAll(/[[\]]/g, "")
    .replaceAll(/\b([a-z]+)(\|[a-z]+)+\b/g, "$1")
    .replaceAll("PORT", "8080")
    .replace(/\s*[<>|].*$/, "")
    .split(/\s+/)
    .map((word) => word.replaceAll(/^['"]|['"]$/g, ""));
}

async function problemWith(argv: readonly string[]): Promise<string | undefined> {
  try {
    const command = split(argv);
    if (command.kind === "verbatim") return command.args.length === 0 ? "needs arguments" : undefined;
    let verb = "";
    await createProgram(
      ({ name }, _, given) => {
        verb = name;
        if (name === "test") choose((given as unknown as readonly [string[]])[0]);
      },
      () => {},
    ).parseAsync([...command.args], { from: "user" });
    return verb === "" && command.args[0] !== "help" ? "is no verb" : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test("a verb, an option or a tier that is not there is found out", async (t) => {
  t.regex((await problemWith(["uup"])) ?? "", /unknown command/);
  t.regex((await problemWith(["report", "--langg", "zh"])) ?? "", /unknown option/);
  t.regex((await problemWith(["trace", "one"])) ?? "", /missing required argument/);
  t.regex((await problemWith(["test", "units"])) ?? "", /no tier "units"/);
});

for (const page of pages) {
  test(`every ./lab command in ${page} is understood by ./lab`, async (t) => {
    const problems: string[] = [];
    const check = async (command: string, passes?: RegExp): Promise<void> => {
      if (!/^\.\/lab\s/.test(command)) return;
      const problem = await problemWith(words(command).slice(1));
      if (problem !== undefined && passes?.test(problem) !== true) problems.push(`${command}: ${problem}`);
    };
    for (const line of linesOf(page)) await check(line);
    // A sentence may name a verb without its arguments.
    for (const span of namedIn(page)) await check(span, /argument missing|missing required argument|needs arguments/);
    t.deepEqual(problems, []);
  });

  test(`every npm script in ${page} is in package.json`, (t) => {
    const names = commandsOf(page).flatMap((line) => /^npm run (?:--\S+ )*([\w-]+)/.exec(line)?.[1] ?? []);
    t.deepEqual(
      names.filter((name) => !(name in packageJson.scripts)),
      [],
    );
  });

  test(`every config key in ${page} is in Pulumi.yaml`, (t) => {
    const set = commandsOf(page).flatMap(
      (line) => /pulumi .*config set (?:--\S+ )*(?!KEY\b)'?(\w+)/.exec(line)?.[1] ?? [],
    );
    const written = readPage(page).codeBlocks.flatMap(({ lines }) =>
      lines.flatMap((line) => /^\s*#?pod-networking-lab:(\w+):/.exec(line)?.[1] ?? []),
    );
    t.deepEqual(
      [...set, ...written].filter((key) => !(key in declared)),
      [],
    );
  });

  test(`every whole config in ${page} is accepted`, (t) => {
    const defaults = Object.entries(declared).map(([key, value]) => [key, value.default]);
    const problems = readPage(page)
      .codeBlocks.filter(({ language, lines }) => language === "yaml" && lines.includes("config:"))
      .flatMap(({ lines }) => {
        const { config } = parseYaml(lines.join("\n")) as { readonly config: Readonly<Record<string, unknown>> };
        const given = Object.entries(config).map(([key, value]) => [key.replace(/^pod-networking-lab:/, ""), value]);
        return checkSettings(Object.fromEntries([...defaults, ...given]) as Record<string, unknown>, "dev").problems;
      });
    t.deepEqual(problems, []);
  });
}

test("every config key of Pulumi.yaml is explained in both editions, and its default is the one there", (t) => {
  for (const edition of ["", ".zh-CN"]) {
    const { spans } = readPage(`docs/config${edition}.md`);
    t.deepEqual(
      Object.keys(declared).filter((key) => !spans.includes(key)),
      [],
    );
    const rows = ["config", "ec2"].flatMap((page) => readPage(`docs/${page}${edition}.md`).rows);
    const wrong = rows.flatMap(([keys = "", values = ""]) => {
      const [names, defaults] = [keys, values].map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
      return names!.flatMap((name, index) => {
        const known = declared[name];
        if (known === undefined || defaults![index] === undefined) return [];
        const text = typeof known.default === "string" ? known.default : JSON.stringify(known.default);
        return defaults![index] === text ? [] : [`${name}: ${defaults![index]}, not ${text}`];
      });
    });
    t.deepEqual(wrong, []);
  }
});

test("every trace that the docs print names pods of the lab, each one alone", (t) => {
  const pod = { node: "k8s-worker1", ip: "10.244.1.2", phase: "Running", hostNetwork: false, containers: [] };
  const lab = [
    ["container-to-container", "my-pod"],
    ...["pod-to-pod-single-node", "pod-to-pod-multi-node"].flatMap((lesson) => [
      [lesson, "mypod1"],
      [lesson, "mypod2"],
    ]),
  ].map(([namespace = "", name = ""]) => ({ ...pod, namespace, name, uid: `${namespace}/${name}` }));
  const traces = pages
    .flatMap(linesOf)
    .map((line) => line.split(/\s+/))
    .filter(([lab, verb]) => lab === "./lab" && verb === "trace");
  t.true(traces.length >= 2);
  for (const [, , from = "", to = ""] of traces) {
    t.notThrows(() => [from, to].map((wanted) => choosePod(lab, wanted)), `./lab trace ${from} ${to}`);
  }
});
