// States what a user sees of a resource that fails while components have still to send their outputs: the cause, and whatever else went wrong, without a stack
// trace for each of them. By the real engine, with small programs of the test's own in the lab's place.
import { join } from "node:path";
import anyTest, { type ExecutionContext } from "ava";
import { cli, Project } from "./project.ts";

// One at a time: each starts an engine, two Nodes and a program.
const test = cli ? anyTest.serial : anyTest.serial.skip;
const module = join(import.meta.dirname, "../../components/engine-end.ts");
const quiet = `import { quietAfterTheEnd } from ${JSON.stringify(module)};
quietAfterTheEnd();
`;
const flood = /UNAVAILABLE|CANCELLED|Channel has been shut down|failed to deliver|unhandled exception/;

/** Components that send their outputs when the engine has ended by what failed: some while it still takes calls, some after that. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
const later = (milliseconds, value = 1) => new Promise((resolve) => setTimeout(() => resolve(value), milliseconds));
class Part extends pulumi.ComponentResource {
  constructor(name, outputs) {
    super("test:index:Part", name);
    this.registerOutputs(outputs);
  }
}
new local.Command("broken", { create: "sleep 1; echo the cause >&2; exit 3" });
const slow = new local.Command("slow", { create: "sleep 3" });
for (const milliseconds of [900, 1100, 1500, 2000, 2800, 3100, 3500, 4000])
  new Part("part-" + milliseconds, { outputs: later(milliseconds) });
new Part("after", { outputs: slow.stdout });
`;

async function up(t: ExecutionContext, text: string): Promise<string> {
  const project = await Project.create(text);
  t.teardown(() => project.remove());
  const { exitCode, text: said } = await project.up();
  t.not(exitCode, 0, said);
  t.log(said);
  return said;
}

test("a resource that fails is told, and the components whose outputs come too late are not", async (t) => {
  const said = await up(t, quiet + program);
  t.regex(said, /the cause/);
  t.regex(said, /exit status 3/);
  t.notRegex(said, flood);
});

test("without that, they are: the SDK tells each", async (t) => {
  t.regex(await up(t, program), flood);
});

test("what the program itself dies of is told, before and after the engine's end", async (t) => {
  const own = `
void Promise.reject(new Error("one mistake of the program's own"));
setTimeout(() => void Promise.reject(new Error("and another one")), 2500);
`;
  const said = await up(t, quiet + program + own);
  for (const words of ["the cause", "one mistake of the program's own", "and another one"])
    t.true(said.includes(words), words);
  t.notRegex(said, /UNAVAILABLE|CANCELLED/);
});

test("a plugin that dies in an invoke is told: the SDK has the same words for it, and nobody else any", async (t) => {
  const said = await up(
    t,
    `${quiet}
import { local } from "@pulumi/command";
export const never = (await local.run({ command: "kill -KILL $PPID; sleep 5" })).stdout;
`,
  );
  t.regex(said, /invocation of command:local:run returned an error/);
});
