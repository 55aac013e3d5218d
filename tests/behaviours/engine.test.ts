// States what a user of the real CLI sees of both plugins: the language host and the command plugin, together with the engine.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace, type EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import anyTest, { type ExecutionContext } from "ava";
import { isThere, until } from "./plugin.ts";
import { cli, Project } from "./project.ts";

// One at a time: each starts an engine, two Nodes and a program.
const test = cli ? anyTest.serial : anyTest.serial.skip;
const own = process.env.COMMAND_PLUGIN ? anyTest.serial.skip : test;

async function project(t: ExecutionContext, program: string): Promise<Project> {
  const created = await Project.create(program);
  t.teardown(() => created.remove());
  return created;
}

anyTest("the CLI is there, without which all of this would be skipped", (t) => {
  t.truthy(cli, "there is no Pulumi CLI: set PULUMI_BIN, or let ./lab test provide it");
});

const header = `
import * as pulumi from "@pulumi/pulumi";
import { local, remote } from "@pulumi/command";
`;

test("a failed up, an up, one more, and destroy", async (t) => {
  const program = (create: string): string => `${header}
    const command = new local.Command("it", {
      create: "echo x >> runs; ${create}",
      delete: "echo deleted >> runs",
      stdin: pulumi.secret("the-secret-input"),
      environment: { TOKEN: pulumi.secret("the-secret-variable") },
      logging: "none",
    }, { additionalSecretOutputs: ["stdout"] });
    export const stdout = command.stdout;
    export const stderr = command.stderr;
  `;
  const p = await project(t, program("exit 1"));
  const first = await p.up();
  t.not(first.exitCode, 0);
  t.regex(first.text, /exit status 1: running "echo x >> runs/);
  t.notRegex(first.text, /the-secret/);

  p.write(program("cat"));
  const second = await p.up();
  t.is(second.exitCode, 0, second.text);
  t.notRegex(second.text, /warning/i);
  t.notRegex(second.text, /the-secret/);
  t.deepEqual(await p.outputs(), { stdout: "the-secret-input", stderr: "" });

  const state = JSON.stringify(await p.resources());
  t.notRegex(state, /the-secret/, "secret inputs and outputs are encrypted in the state");
  const command = (await p.resources()).find(({ type }) => type === "command:local:Command")!;
  t.deepEqual(Object.keys(command.outputs!).sort(), [
    "create",
    "delete",
    "environment",
    "logging",
    "stderr",
    "stdin",
    "stdout",
  ]);

  const noop = await p.up("--expect-no-changes");
  t.is(noop.exitCode, 0, noop.text);
  t.notRegex(noop.text, /warning/i);
  t.is(p.read("runs"), "x\nx\n");

  const destroyed = await p.pulumi("destroy", "--yes", "--skip-preview");
  t.is(destroyed.exitCode, 0, destroyed.text);
  t.notRegex(destroyed.text, /warning/i);
  t.is(p.read("runs"), "x\nx\ndeleted\n");
});

test("a changed trigger replaces: the new one is created, then the old one deleted", async (t) => {
  const program = (trigger: string, update = ""): string => `${header}
    new local.Command("it", { create: "echo create ${trigger} >> runs", update: "echo update >> runs", delete: "echo delete ${trigger} >> runs",
      triggers: ["same", ${JSON.stringify(trigger)}] ${update} });
  `;
  const p = await project(t, program("1"));
  t.is((await p.up()).exitCode, 0);
  p.write(program("2"));
  const { exitCode, text } = await p.up();
  t.is(exitCode, 0, text);
  t.regex(text, /1 replaced/);
  t.is(p.read("runs"), "create 1\ncreate 2\ndelete 1\n");
  p.write(program("2", ', environment: { A: "1" }'));
  const updated = await p.up();
  t.regex(updated.text, /1 updated/);
  t.is(p.read("runs"), "create 1\ncreate 2\ndelete 1\nupdate\n");
});

test("a preview runs nothing, and says what depends on a command that will run", async (t) => {
  const p = await project(
    t,
    `${header}
    const first = new local.Command("first", { create: "echo 1 >> runs; echo one" });
    const second = new local.Command("second", { create: pulumi.interpolate\`echo \${first.stdout}\` });
    export const stdout = second.stdout;
  `,
  );
  const { exitCode, text } = await p.pulumi("preview");
  t.is(exitCode, 0, text);
  t.regex(text, /3 to create/);
  t.false(existsSync(join(p.dir, "runs")));
});

test("files of a command can be triggers and outputs", async (t) => {
  const p = await project(
    t,
    `${header}
    const made = new local.Command("made", { create: "cp seed made.txt", archivePaths: ["made.txt"], assetPaths: ["made.txt"], triggers: [new pulumi.asset.FileAsset("seed")] });
    new local.Command("user", { create: "echo used >> runs", triggers: [made.archive, made.assets.apply((assets) => assets!["made.txt"])] });
  `,
  );
  writeFileSync(join(p.dir, "seed"), "1");
  t.is((await p.up()).exitCode, 0);
  const noop = await p.up("--expect-no-changes");
  t.is(noop.exitCode, 0, noop.text);
  writeFileSync(join(p.dir, "seed"), "2");
  const { exitCode, text } = await p.up();
  t.is(exitCode, 0, text);
  t.is(p.read("runs"), "used\nused\n");
});

test("a preview and an up in one go; a refresh finds nothing changed and loses nothing", async (t) => {
  const p = await project(
    t,
    `${header}
    export const stdout = new local.Command("it", { create: "echo x >> runs; echo kept" }).stdout;
  `,
  );
  const { exitCode, text } = await p.pulumi("up", "--yes");
  t.is(exitCode, 0, text);
  t.regex(text, /Previewing update/);
  const refreshed = await p.pulumi("refresh", "--yes", "--expect-no-changes");
  t.is(refreshed.exitCode, 0, refreshed.text);
  t.is((await p.up("--refresh", "--expect-no-changes")).exitCode, 0);
  t.deepEqual(await p.outputs(), { stdout: "kept" });
  t.is(p.read("runs"), "x\n");
});

test("the Automation API runs a program with its inputs, outputs and live lines", async (t) => {
  const p = await project(
    t,
    `${header}
    const name = new pulumi.Config().require("name");
    export const greeting = new local.Command("it", { create: \`echo hello \${name}\` }).stdout;
  `,
  );
  // It takes the CLI from PATH.
  const path = process.env.PATH;
  process.env.PATH = `${dirname(cli!)}${delimiter}${path}`;
  try {
    const stack = await LocalWorkspace.selectStack({ stackName: "test", workDir: p.dir }, { envVars: p.env });
    await stack.setConfig("name", { value: "you" });
    const events: EngineEvent[] = [];
    const { outputs, summary } = await stack.up({ onEvent: (event) => events.push(event) });
    t.is(summary.result, "succeeded");
    t.is(outputs.greeting!.value, "hello you");
    t.true(events.some(({ diagnosticEvent }) => diagnosticEvent?.message.includes("hello you")));
    await stack.destroy();
  } finally {
    process.env.PATH = path;
  }
});

test("local.run runs at each update", async (t) => {
  const p = await project(
    t,
    `${header}
    export const stdout = (await local.run({ command: "echo x >> runs; wc -l < runs" })).stdout;
  `,
  );
  t.is((await p.up()).exitCode, 0);
  t.is((await p.up()).exitCode, 0);
  t.is(p.read("runs"), "x\nx\n");
});

test("what the program prints and what it dies of reach the user", async (t) => {
  const p = await project(t, `${header} console.log("hello from the program"); console.error("and from its stderr");`);
  const printed = await p.up();
  t.is(printed.exitCode, 0, printed.text);
  t.regex(printed.text, /hello from the program/);
  t.regex(printed.text, /and from its stderr/);

  p.write(`${header} throw new Error("the program's own words");`);
  const died = await p.up();
  t.not(died.exitCode, 0);
  t.is(died.text.split("the program's own words").length - 1, 1, died.text);

  p.write("process.exit(7)");
  t.regex((await p.up()).text, /exit code: 7/);
});

test("config and its secrets reach the program", async (t) => {
  const p = await project(
    t,
    `${header}
    const config = new pulumi.Config();
    export const plain = config.require("plain");
    export const hidden = config.requireSecret("hidden");
    export const where = [pulumi.getProject(), pulumi.getStack(), pulumi.getOrganization()].join("/");
  `,
  );
  await p.pulumi("config", "set", "plain", "for all to see");
  await p.pulumi("config", "set", "--secret", "hidden", "for-nobody");
  const { exitCode, text } = await p.up();
  t.is(exitCode, 0, text);
  t.notRegex(text, /for-nobody/);
  t.deepEqual(await p.outputs(), { plain: "for all to see", hidden: "for-nobody", where: "tiny/test/organization" });
});

test("what the host defers at a program's start is there when the program uses it", async (t) => {
  const p = await project(
    t,
    `
    import * as pulumi from "@pulumi/pulumi";
    const factor = 6;
    const { text } = await pulumi.runtime.serializeFunction((x: number) => x * factor);
    export const serialized = text.includes("x * factor");
    export const packages = [...(await pulumi.runtime.computeCodePaths()).keys()];
  `,
  );
  writeFileSync(
    join(p.dir, "package.json"),
    '{ "type": "module", "main": "index.ts", "dependencies": { "minimist": "*" } }',
  );
  const { exitCode, text } = await p.up();
  t.is(exitCode, 0, text);
  t.notRegex(text, /warning/i);
  t.like(await p.outputs(), { serialized: true });
  t.regex(JSON.stringify(await p.outputs()), /minimist/);
});

test("without a program's own code, pulumi about and install work", async (t) => {
  const p = await project(t, header);
  const about = await p.pulumi("about");
  t.regex(about.text, /nodejs/);
});

// Of the official plugin's commands some stay.
own("an engine that is killed leaves neither program nor plugin nor command behind", async (t) => {
  const p = await project(
    t,
    `${header}
    import { appendFileSync } from "node:fs";
    appendFileSync("pids", process.pid + "\\n");
    new local.Command("endless", { create: "echo $$ >> pids; echo $PPID >> pids; sleep 300 & echo $! >> pids; wait" });
  `,
  );
  appendFileSync(join(p.dir, "pids"), "");
  const running = execa(cli!, ["up", "--yes", "--skip-preview", "--non-interactive"], {
    cwd: p.dir,
    env: p.env,
    reject: false,
  });
  const pids = (): number[] => readFileSync(join(p.dir, "pids"), "utf8").split("\n").filter(Boolean).map(Number);
  await until("everything runs", () => pids().length === 4);
  running.kill("SIGKILL");
  await running;
  await until("all are gone", () => !pids().some(isThere));
  t.is(pids().length, 4, "nothing was started anew");
});

test("an interrupted update stops its commands and ends", async (t) => {
  const p = await project(
    t,
    `${header}
    new local.Command("endless", { create: "echo $$ >> pids; sleep 300 & echo $! >> pids; wait" });
  `,
  );
  const running = execa(cli!, ["up", "--yes", "--skip-preview", "--non-interactive"], {
    cwd: p.dir,
    env: p.env,
    reject: false,
    all: true,
  });
  await until("the command runs", () => existsSync(join(p.dir, "pids")) && p.read("pids").split("\n").length === 3);
  running.kill("SIGINT");
  const { exitCode, all } = await running;
  t.not(exitCode, 0);
  t.regex(all, /cancelled/);
  await until("the command is gone", () => !p.read("pids").split("\n").filter(Boolean).map(Number).some(isThere));
  t.deepEqual(
    (await p.resources()).filter(({ type }) => type === "command:local:Command"),
    [],
  );
});
