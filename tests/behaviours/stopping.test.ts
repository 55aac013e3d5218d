// States what happens to running commands when the engine cancels, closes the plugin, or dies. The official plugin is known to
// stop less: it kills only the one local process, and leaves remote ones alone; the cases for that are marked.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { failureOf, isThere, Plugin, secret, until, tempDir } from "./plugin.ts";
import { sshdIsThere, startSshd } from "./sshd.ts";

const own = process.env.COMMAND_PLUGIN ? test.skip : test;
const ownWithSshd = sshdIsThere ? own : test.skip;
const scratch = tempDir("stopping");

async function started(t: ExecutionContext): Promise<Plugin> {
  const plugin = await Plugin.start();
  t.teardown(() => plugin.stop());
  return plugin;
}

const pidIn = (file: string): number => Number(readFileSync(file, "utf8"));
const written = (file: string): boolean => existsSync(file) && readFileSync(file, "utf8").endsWith("\n");
const endless = (file: string): string => `sleep 300 & echo $! > ${file}; wait`;

test("cancel ends what runs, with an error", async (t) => {
  const plugin = await started(t);
  const file = join(scratch, "cancel");
  const running = failureOf(plugin.create("local:Command", { create: `echo $$ > ${file}; exec sleep 300` }));
  await until("the command runs", () => written(file));
  await plugin.cancel();
  t.truthy(await running);
  await until("the process is gone", () => !isThere(pidIn(file)));
});

own("cancel ends the children of a command too", async (t) => {
  const plugin = await started(t);
  const file = join(scratch, "cancel-children");
  const running = failureOf(plugin.create("local:Command", { create: endless(file) }));
  await until("the command runs", () => written(file));
  await plugin.cancel();
  t.regex(await running, /^cancelled: running/);
  await until("the child is gone", () => !isThere(pidIn(file)));
});

own("a command that ignores the polite signal is killed", async (t) => {
  const plugin = await started(t);
  const file = join(scratch, "stubborn");
  const running = failureOf(
    plugin.create("local:Command", { create: `trap "" TERM; ${endless(file)}; ${endless(file)}` }),
  );
  await until("the command runs", () => written(file));
  await plugin.cancel();
  t.truthy(await running);
});

test("cancel ends the dialling of a machine that does not answer", async (t) => {
  const plugin = await started(t);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const connection = secret({
    host: "127.0.0.1",
    port: (server.address() as { port: number }).port,
    user: "root",
    dialErrorLimit: -1,
    perDialTimeout: 15,
  });
  const running = failureOf(plugin.create("remote:Command", { create: "true", connection }, { name: "dialled" }));
  await until("it dials", () => plugin.linesOf("dialled").length > 1);
  await plugin.cancel();
  t.truthy(await running);
});

ownWithSshd("cancel ends a remote command and its children", async (t) => {
  const [plugin, sshd] = [await started(t), await startSshd()];
  t.teardown(() => sshd.stop());
  const { host, port, user, privateKey } = sshd;
  const file = join(sshd.dir, "pid");
  const connection = secret({ host, port, user, privateKey, dialErrorLimit: 0, perDialTimeout: 15 });
  const running = failureOf(plugin.create("remote:Command", { create: endless(file), connection }));
  await until("the command runs", () => written(file));
  const pid = pidIn(file);
  await plugin.cancel();
  t.regex(await running, /^cancelled: running/);
  await until("the remote child is gone", () => !isThere(pid));
});

own("the plugin leaves at once when the engine closes it, and takes its commands along", async (t) => {
  const plugin = await Plugin.start();
  const file = join(scratch, "closed");
  const running = failureOf(plugin.create("local:Command", { create: endless(file) }));
  await until("the command runs", () => written(file));
  const started = Date.now();
  await plugin.stop();
  t.true(Date.now() - started < 5_000, "the engine kills after 5 s");
  await running;
  await until("the child is gone", () => !isThere(pidIn(file)));
});

/** An engine that starts a plugin, has it create a command and is killed without a chance to clean up. */
async function killedEngine(token: string, inputs: object, file: string): Promise<{ stderr: () => string }> {
  const engine = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "--eval",
      `
    const { Plugin } = await import(${JSON.stringify(join(import.meta.dirname, "plugin.ts"))});
    const plugin = await Plugin.start({ stderr: 2 });
    console.log(plugin.process.pid);
    await plugin.create(${JSON.stringify(token)}, ${JSON.stringify(inputs)});
  `,
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TMPDIR: scratch } },
  );
  let stderr = "";
  engine.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [line] = (await once(engine.stdout, "data")) as [Buffer];
  const plugin = Number(line.toString());
  await until("the command runs", () => written(file));
  engine.kill("SIGKILL");
  await until("the plugin is gone", () => !isThere(plugin));
  return { stderr: () => stderr };
}

own("a killed engine takes plugin and commands along, with one clear message", async (t) => {
  const file = join(scratch, "orphan");
  const { stderr } = await killedEngine("local:Command", { create: endless(file) }, file);
  await until("its command is gone", () => !isThere(pidIn(file)));
  await until("the message", () => stderr() !== "");
  t.is(stderr(), "pulumi-resource-command: the Pulumi engine is gone; stopping 1 running command(s)\n");
});

ownWithSshd("a killed engine takes remote commands along too", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const { host, port, user, privateKey } = sshd;
  const file = join(sshd.dir, "orphan");
  const connection = secret({ host, port, user, privateKey, dialErrorLimit: 0, perDialTimeout: 15 });
  await killedEngine("remote:Command", { create: endless(file), connection }, file);
  const command = pidIn(file);
  await until("its command is gone", () => !isThere(command));
  t.false(isThere(command));
});

own("a descendant that has left the group does not hold up a cancel", async (t) => {
  const plugin = await started(t);
  const file = join(scratch, "left");
  const running = failureOf(
    plugin.create("local:Command", { create: `setsid sh -c 'echo $$ > ${file}; exec sleep 300' & wait` }),
  );
  await until("it runs", () => written(file));
  await plugin.cancel();
  t.truthy(await running);
  process.kill(pidIn(file));
});
