// States what local.Command and local.run do. It does not prove that the engine calls them as it should: see engine.test.ts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { failureOf, Plugin, reveal, secret, textOf, until, type Properties, tempDir } from "./plugin.ts";

const official = Boolean(process.env.COMMAND_PLUGIN);
const own = official ? test.skip : test;
let plugin: Plugin;
const scratch = tempDir("local");

test.before(async () => {
  plugin = await Plugin.start({ cwd: scratch });
});
test.after.always(async () => plugin?.stop());

const created = async (inputs: Properties, name?: string): Promise<Properties> =>
  (await plugin.create("local:Command", inputs, { ...(name && { name }) })).state;

test("the version is that of the package", async (t) => {
  t.regex(await plugin.version(), /^v?1\.2\.1$|^v?\d+\.\d+\.\d+/);
});

test("create runs and both streams are outputs", async (t) => {
  const state = await created({ create: "echo out; echo err >&2" });
  t.like(state, { create: "echo out; echo err >&2", stdout: "out", stderr: "err" });
});

test("exactly one trailing newline is taken off an output", async (t) => {
  t.is((await created({ create: "printf 'a\\n\\n'" })).stdout, "a\n");
  t.is((await created({ create: "printf 'a\\r\\n'" })).stdout, "a\r");
});

test("the id is the resource's name with eight random hex digits", async (t) => {
  const { id } = await plugin.create("local:Command", { create: "true" }, { name: "web" });
  t.regex(id, /^web[0-9a-f]{8}$/);
});

test("without create nothing runs and the outputs are empty", async (t) => {
  t.like(await created({ delete: "true" }), { stdout: "", stderr: "" });
});

test("stdin reaches the command", async (t) => {
  t.is((await created({ create: "cat", stdin: "line 1\nline 2" })).stdout, "line 1\nline 2");
});

test("without stdin the command reads an empty input", async (t) => {
  t.is((await created({ create: "cat; echo end" })).stdout, "end");
});

test("a command that does not read its stdin succeeds", async (t) => {
  t.is((await created({ create: "echo ok", stdin: "x".repeat(1_000_000) })).stdout, "ok");
});

test("environment is added to the plugin's own", async (t) => {
  const state = await created({ create: 'echo "$GREETING ${PATH:+path}"', environment: { GREETING: "hello" } });
  t.is(state.stdout, "hello path");
});

test("the interpreter gets the command as its last argument", async (t) => {
  const state = await created({ create: "print the lot", interpreter: ["/bin/sh", "-c", 'echo "$0|$1"', "zero"] });
  t.is(state.stdout, "zero|print the lot");
});

test("dir is where the command runs; by default it is the program's directory", async (t) => {
  t.is((await created({ create: "pwd", dir: "/" })).stdout, "/");
  t.is((await created({ create: "pwd" })).stdout, scratch);
});

test("a dir that does not exist fails, and names it", async (t) => {
  const message = await failureOf(created({ create: "touch ran", dir: "/does/not/exist" }));
  t.regex(message, /\/does\/not\/exist/);
});

test("an interpreter that does not exist fails", async (t) => {
  t.regex(await failureOf(created({ create: "x", interpreter: ["/does/not/exist"] })), /\/does\/not\/exist/);
});

test("a failure tells exit status, command and output of both streams", async (t) => {
  const message = await failureOf(created({ create: 'echo "some output"; echo problem >&2; exit 3' }));
  t.true(message.startsWith('exit status 3: running "echo \\"some output\\"; echo problem >&2; exit 3":\n'), message);
  t.regex(message, /some output/);
  t.regex(message, /problem/);
});

test("a command killed by a signal is a failure", async (t) => {
  t.regex(await failureOf(created({ create: "kill -KILL $$" })), /signal.*kill/i);
});

test("stdin is not in the error of a failed command", async (t) => {
  const message = await failureOf(created({ create: "cat >/dev/null; exit 1", stdin: secret("hunter2-hunter2") }));
  t.notRegex(message, /hunter2/);
});

test("a failed update fails and leaves the old state to the engine", async (t) => {
  const state = await created({ create: "echo 1" });
  t.regex(
    await failureOf(plugin.update("local:Command", state, { create: "echo 1", update: "exit 9" })),
    /exit status 9/,
  );
});

test("update runs the update command", async (t) => {
  const state = await created({ create: "echo created", update: "echo updated" });
  const after = await plugin.update("local:Command", state, {
    create: "echo created",
    update: "echo updated",
    stdin: "x",
  });
  t.like(after, { stdout: "updated", stdin: "x" });
});

test("without update, create runs again", async (t) => {
  const state = await created({ create: "echo 1" });
  t.is((await plugin.update("local:Command", state, { create: "echo 2" })).stdout, "2");
});

test("without update and create nothing runs, and the outputs stay", async (t) => {
  const state = await created({ create: "echo 1" });
  t.like(await plugin.update("local:Command", state, { delete: "true" }), { stdout: "1", delete: "true" });
});

test("an update sees the previous output in its environment", async (t) => {
  const state = await created({ create: "echo before; echo warned >&2" });
  const update = 'echo "$PULUMI_COMMAND_STDOUT,$PULUMI_COMMAND_STDERR"';
  t.is((await plugin.update("local:Command", state, { create: "x", update })).stdout, "before,warned");
});

test("with addPreviousOutputInEnv false it does not", async (t) => {
  const state = await created({ create: "echo before" });
  const inputs = { create: "x", update: 'echo "[$PULUMI_COMMAND_STDOUT]"', addPreviousOutputInEnv: false };
  t.is((await plugin.update("local:Command", state, inputs)).stdout, "[]");
});

test("a create has no previous output", async (t) => {
  t.is((await created({ create: 'echo "[${PULUMI_COMMAND_STDOUT-unset}]"' })).stdout, "[unset]");
});

test("delete runs, with the last output in its environment", async (t) => {
  const file = join(scratch, "deleted");
  const state = await created({ create: "echo last words", delete: `echo "$PULUMI_COMMAND_STDOUT" > ${file}` });
  await plugin.delete("local:Command", state);
  t.is(readFileSync(file, "utf8"), "last words\n");
});

test("without delete nothing runs on delete", async (t) => {
  const file = join(scratch, "never");
  const state = await created({ create: "true" });
  await plugin.delete("local:Command", { ...state, update: `touch ${file}` });
  t.false(existsSync(file));
});

test("a failed delete fails", async (t) => {
  const state = await created({ create: "true", delete: "exit 4" });
  t.regex(await failureOf(plugin.delete("local:Command", state)), /exit status 4/);
});

test("what a background child still prints belongs to the output", async (t) => {
  t.is((await created({ create: "(sleep 0.3; echo late) & echo early" })).stdout, "early\nlate");
});

test("output that is cut in the middle of a character is put together again", async (t) => {
  t.is((await created({ create: "printf '\\342\\202'; sleep 0.2; printf '\\254'" })).stdout, "€");
});

test("a large output is kept whole", async (t) => {
  t.is(
    textOf((await created({ create: "head -c 6000000 /dev/zero | tr '\\0' x", logging: "none" })).stdout).length,
    6_000_000,
  );
});

// The official plugin reports it whole, which is more than an HTTP header may be: the connection breaks, with all calls on it.
own("a failure with a large output is still reported, with its end", async (t) => {
  const message = await failureOf(created({ create: "seq 1 200000; echo the end; exit 1", logging: "none" }));
  t.true(message.startsWith("exit status 1"));
  t.regex(message, /the end\n$/);
});

for (const [logging, expected] of Object.entries({
  stdout: ["out"],
  stderr: ["err"],
  stdoutAndStderr: ["out", "err"],
  none: [],
  default: ["out", "err"],
})) {
  test(`logging ${logging} shows ${expected.join(" and ") || "nothing"}`, async (t) => {
    const name = `logging-${logging}`;
    const state = await created(
      {
        create: "echo out; sleep 0.1; echo err >&2",
        ...(logging !== "default" && { logging }),
      },
      name,
    );
    t.like(state, { stdout: "out", stderr: "err" });
    t.deepEqual(plugin.linesOf(name), expected);
  });
}

test("lines are shown while the command runs, as passing status", async (t) => {
  const running = created({ create: "echo first; sleep 1; echo second" }, "live");
  await until("the first line", () => plugin.linesOf("live").length > 0);
  t.deepEqual(plugin.linesOf("live"), ["first"]);
  await running;
  t.deepEqual(plugin.linesOf("live"), ["first", "second"]);
  t.true(
    plugin.lines.every(({ urn, ephemeral, severity }) => !urn.endsWith("::live") || (ephemeral && severity === "info")),
  );
});

test("secret inputs stay secret in the state", async (t) => {
  const environment = { TOKEN: secret("t0ken-value"), PLAIN: "p" };
  const state = await created({ create: "echo $TOKEN", stdin: secret("in"), environment, logging: "none" });
  t.deepEqual(state.stdin, secret("in"));
  t.deepEqual(state.environment, environment);
  t.is(state.stdout, "t0ken-value");
});

test("a secret command runs and stays secret", async (t) => {
  const state = await created({ create: secret("echo shown") });
  t.deepEqual(state.create, secret("echo shown"));
  t.is(reveal(state.stdout), "shown");
});

test("read gives back the state as it is", async (t) => {
  const state = await created({ create: "echo 1" });
  t.deepEqual(await plugin.read("local:Command", state, { create: "echo 1" }), {
    id: "an-id",
    state,
    inputs: { create: "echo 1" },
  });
});

test("a custom timeout stops the command and fails", async (t) => {
  const started = Date.now();
  await failureOf(plugin.create("local:Command", { create: "exec sleep 30" }, { timeout: 1 }));
  t.true(Date.now() - started < 10_000);
});

// The official plugin ends the shell, and waits for what the shell has started.
own("a custom timeout does not wait for what a command has started", async (t) => {
  const started = Date.now();
  await failureOf(plugin.create("local:Command", { create: "sleep 30; true" }, { timeout: 1 }));
  t.true(Date.now() - started < 10_000);
});

test("local.run runs at once and returns its arguments with the outputs", async (t) => {
  t.like(await plugin.run({ command: "cat; echo err >&2", stdin: "in" }), {
    command: "cat; echo err >&2",
    stdout: "in",
    stderr: "err",
  });
});

test("a failed local.run fails with status and command", async (t) => {
  t.regex(await failureOf(plugin.run({ command: "exit 5" })), /exit status 5: running "exit 5"/);
});

/** Linux starts no program with a variable of more than 128 KiB, and an update or delete has the output before it as one. */
test(`an output too long for a variable ${official ? "keeps a delete from running" : "does not keep a delete from running"}`, async (t) => {
  const file = join(scratch, "deleted-long");
  const state = await created({
    create: "head -c 300000 /dev/zero | tr '\\0' x",
    delete: `touch ${file}`,
    logging: "none",
  });
  const running = plugin.delete("local:Command", state);
  if (official) t.regex(await failureOf(running), /argument list too long: running "touch /);
  else await running;
  t.is(existsSync(file), !official);
});
