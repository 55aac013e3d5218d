// States what remote.Command does on a machine that it reaches, against a real OpenSSH server on loopback.
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import anyTest, { type ExecutionContext } from "ava";
import { failureOf, isSecret, Plugin, secret, textOf, until, type Properties, tempDir } from "./plugin.ts";
import { sshdIsThere, startSshd, type Sshd } from "./sshd.ts";

const test = sshdIsThere ? anyTest : anyTest.skip;
let plugin: Plugin;
let sshd: Sshd;

anyTest.before(async () => {
  if (!sshdIsThere) return;
  [plugin, sshd] = await Promise.all([Plugin.start(), startSshd()]);
});
anyTest.after.always(async () => {
  sshd?.stop();
  await plugin?.stop();
});

function connection(changes: Properties = {}): Properties[string] {
  const { host, port, user, privateKey } = sshd;
  return secret({ host, port, user, privateKey, dialErrorLimit: 0, perDialTimeout: 15, ...changes });
}
const created = async (inputs: Properties, name?: string): Promise<Properties> =>
  (await plugin.create("remote:Command", { connection: connection(), ...inputs }, { ...(name && { name }) })).state;

anyTest("sshd is there, without which all of this would be skipped", (t) => {
  t.true(sshdIsThere, "there is no /usr/sbin/sshd: install the package openssh-server");
});

/** A port that counts who dials it, and closes. */
async function counting(t: ExecutionContext): Promise<{ readonly port: number; dialled(): Promise<number> }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  return {
    port,
    async dialled() {
      // A connection of its own comes last in the queue: by then the others are counted.
      await new Promise<void>(
        (resolve) =>
          void connect(port, "127.0.0.1")
            .on("close", () => resolve())
            .resume(),
      );
      return count - 1;
    },
  };
}

test("create runs over SSH and both streams are outputs", async (t) => {
  const state = await created({ create: "echo out; echo err >&2" });
  t.like(state, { stdout: "out", stderr: "err" });
  t.true(isSecret(state.connection));
});

test("stdin reaches the command, and it ends", async (t) => {
  t.is((await created({ create: "cat; echo end", stdin: "a\nb\n" })).stdout, "a\nb\nend");
  t.is((await created({ create: "cat; echo end" })).stdout, "end");
});

test("a large stdin and a large output pass whole", async (t) => {
  const state = await created({
    create: "wc -c; head -c 3000000 /dev/zero | tr '\\0' x",
    stdin: "y".repeat(2_000_000),
    logging: "none",
  });
  t.is(textOf(state.stdout).length, "2000000\n".length + 3_000_000);
});

test("a failure tells exit status, command and output of both streams", async (t) => {
  const message = await failureOf(created({ create: "echo some output; echo problem >&2; exit 3" }));
  t.true(
    message.startsWith('Process exited with status 3: running "echo some output; echo problem >&2; exit 3":\n'),
    message,
  );
  t.regex(message, /some output/);
  t.regex(message, /problem/);
});

test("secret stdin is not in the error", async (t) => {
  t.notRegex(
    await failureOf(created({ create: "cat > /dev/null; exit 1", stdin: secret("hunter2-hunter2") })),
    /hunter2/,
  );
});

test("a command killed by a signal is a failure that names it", async (t) => {
  t.regex(await failureOf(created({ create: "kill -KILL $$" })), /KILL/);
});

test("an accepted variable reaches the command", async (t) => {
  t.is((await created({ create: 'echo "$ALLOWED_ONE"', environment: { ALLOWED_ONE: secret("1") } })).stdout, "1");
});

test("a refused variable fails, and nothing is run", async (t) => {
  const file = join(sshd.dir, "ran-without-variable");
  const message = await failureOf(
    created({ create: `touch ${file}`, environment: { REFUSED: "the value" } }, "refused"),
  );
  t.regex(message, /could not set environment variable "REFUSED"/);
  t.notRegex(message, /the value/);
  t.false(existsSync(file));
  t.true(plugin.linesOf("refused").some((line) => /AcceptEnv/.test(line)));
});

test("update sees the previous output, delete the last", async (t) => {
  const file = join(sshd.dir, "deleted");
  const inputs = {
    connection: connection(),
    create: "echo one",
    update: 'echo "$PULUMI_COMMAND_STDOUT two"',
    delete: `echo "$PULUMI_COMMAND_STDOUT three" > ${file}`,
  };
  const state = await created(inputs);
  const after = await plugin.update("remote:Command", state, { ...inputs, stdin: "x" });
  t.is(after.stdout, "one two");
  await plugin.delete("remote:Command", after);
  t.is(readFileSync(file, "utf8"), "one two three\n");
});

test("with addPreviousOutputInEnv false there is none", async (t) => {
  const inputs = {
    connection: connection(),
    create: "echo one",
    update: 'echo "[$PULUMI_COMMAND_STDOUT]"',
    addPreviousOutputInEnv: false,
  };
  t.is((await plugin.update("remote:Command", await created(inputs), inputs)).stdout, "[]");
});

test("without update, create runs again", async (t) => {
  const state = await created({ create: "echo 1" });
  t.is((await plugin.update("remote:Command", state, { connection: connection(), create: "echo 2" })).stdout, "2");
});

test("without delete nobody is dialled on delete", async (t) => {
  const listener = await counting(t);
  const unreachable = connection({ port: listener.port });
  await plugin.delete("remote:Command", { connection: unreachable, create: "x", stdout: "", stderr: "" });
  t.is(await listener.dialled(), 0);
});

for (const [logging, expected] of Object.entries({ stdout: ["out"], stderr: ["err"], none: [] })) {
  test(`remote logging ${logging} shows ${expected.join(" and ") || "nothing"}`, async (t) => {
    const state = await created({ create: "echo out; echo err >&2", logging }, `remote-${logging}`);
    t.like(state, { stdout: "out", stderr: "err" });
    t.deepEqual(plugin.linesOf(`remote-${logging}`), expected);
  });
}

test("lines are shown while the command runs", async (t) => {
  const running = created({ create: "echo first; sleep 1; echo second" }, "remote-live");
  await until("the first line", () => plugin.linesOf("remote-live").length > 0);
  t.deepEqual(plugin.linesOf("remote-live"), ["first"]);
  await running;
});

test("sixteen commands run side by side", async (t) => {
  const started = Date.now();
  const states = await Promise.all(Array.from({ length: 16 }, (_, i) => created({ create: `sleep 3; echo ${i}` })));
  t.deepEqual(
    states.map(({ stdout }) => stdout),
    Array.from({ length: 16 }, (_, i) => String(i)),
  );
  t.true(Date.now() - started < 40_000, "one after the other they would take 48 s");
});

test("the pinned host key is accepted, with and without comment", async (t) => {
  t.is((await created({ create: "echo in", connection: connection({ hostKey: sshd.hostKey }) })).stdout, "in");
  const bare = sshd.hostKey.split(" ").slice(0, 2).join(" ");
  t.is((await created({ create: "echo in", connection: connection({ hostKey: bare }) })).stdout, "in");
});

test("another host key is an error, and nothing is run", async (t) => {
  const file = join(sshd.dir, "ran-for-a-stranger");
  const dir = tempDir("key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "k")]);
  const hostKey = readFileSync(join(dir, "k.pub"), "utf8");
  t.regex(
    await failureOf(created({ create: `touch ${file}`, connection: connection({ hostKey }) })),
    /host key mismatch/,
  );
  t.false(existsSync(file));
});

test("a host key of another type is an error, and nothing is run", async (t) => {
  const file = join(sshd.dir, "ran-for-another-type");
  const dir = tempDir("key");
  execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", join(dir, "k")]);
  const hostKey = readFileSync(join(dir, "k.pub"), "utf8");
  t.regex(await failureOf(created({ create: `touch ${file}`, connection: connection({ hostKey }) })), /host key/i);
  t.false(existsSync(file));
});

test("a host key that is none is an error before anything is dialled", async (t) => {
  const listener = await counting(t);
  const unusable = connection({ hostKey: "nonsense", port: listener.port, dialErrorLimit: 100 });
  t.regex(
    await failureOf(created({ create: "true", connection: unusable })),
    /hostKey is not an OpenSSH public key|host key/i,
  );
  t.is(await listener.dialled(), 0);
});

test("an encrypted private key opens with its password", async (t) => {
  const dir = tempDir("key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "open sesame", "-f", join(dir, "k")]);
  appendFileSync(join(sshd.dir, "../client.pub"), readFileSync(join(dir, "k.pub")));
  const privateKey = readFileSync(join(dir, "k"), "utf8");
  t.is(
    (await created({ create: "echo in", connection: connection({ privateKey, privateKeyPassword: "open sesame" }) }))
      .stdout,
    "in",
  );
  await failureOf(created({ create: "true", connection: connection({ privateKey, privateKeyPassword: "wrong" }) }));
});

test("a private key in PKCS#8 form works", async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const dir = tempDir("key");
  const spki = join(dir, "spki");
  appendFileSync(spki, publicKey.export({ type: "spki", format: "pem" }));
  appendFileSync(join(sshd.dir, "../client.pub"), execFileSync("ssh-keygen", ["-i", "-m", "PKCS8", "-f", spki]));
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  t.is((await created({ create: "echo in", connection: connection({ privateKey: pem }) })).stdout, "in");
});

test("a private key that is none fails without being shown", async (t) => {
  const message = await failureOf(
    created({ create: "true", connection: connection({ privateKey: "SECRET GARBAGE", port: 1, dialErrorLimit: 100 }) }),
  );
  t.notRegex(message, /GARBAGE/);
});

test("a key that the server does not know is an error", async (t) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  t.regex(await failureOf(created({ create: "true", connection: connection({ privateKey: pem }) })), /authenti/);
});

test("an agent is used when there is no key", async (t) => {
  const socket = join(sshd.dir, "agent");
  const { host, port, user } = sshd;
  const pid = /SSH_AGENT_PID=(\d+)/.exec(execFileSync("ssh-agent", ["-s", "-a", socket], { encoding: "utf8" }))![1]!;
  try {
    execFileSync("ssh-add", ["-q", join(sshd.dir, "../client")], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    const given = secret({ host, port, user, dialErrorLimit: 0, perDialTimeout: 15, agentSocketPath: socket });
    t.is((await created({ create: "echo in", connection: given })).stdout, "in");
  } finally {
    process.kill(Number(pid));
  }
});

test("a proxy is passed through, and the target's host key still counts", async (t) => {
  const proxied = await startSshd();
  try {
    const { host, port, user, privateKey, hostKey } = proxied;
    const target = { host, port, user, privateKey, hostKey };
    const proxy = {
      host: sshd.host,
      port: sshd.port,
      user: sshd.user,
      privateKey: sshd.privateKey,
      hostKey: sshd.hostKey,
      dialErrorLimit: 0,
      perDialTimeout: 15,
    };
    const { stdout } = await created({ create: "echo $SSH_CONNECTION", connection: connection({ ...target, proxy }) });
    t.is(textOf(stdout).split(" ").at(-1), String(port));
    t.regex(
      await failureOf(created({ create: "true", connection: connection({ ...target, hostKey: sshd.hostKey, proxy }) })),
      /proxy: .*host key mismatch/,
    );
    t.regex(
      await failureOf(created({ create: "true", connection: connection({ ...target, proxy: { ...proxy, port: 1 } }) })),
      /proxy: /,
    );
  } finally {
    proxied.stop();
  }
});

test("no connection is left open after a command", async (t) => {
  const own = await startSshd();
  try {
    const { host, port, user, privateKey } = own;
    await created({ create: "true", connection: connection({ host, port, user, privateKey }) });
    const closed = (): boolean => /Disconnected from user|Connection closed|Received disconnect/.test(own.log());
    await until("the connection is closed", closed);
    t.true(closed());
  } finally {
    own.stop();
  }
});
