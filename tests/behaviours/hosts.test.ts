// How platforms/hosts dials a real sshd on this machine, and what its scripts do there as root. A host that becomes a node is tests/live/hosts.test.ts's.
import { execFileSync } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import test from "ava";
import { execa } from "execa";
import { invoke, quote } from "../../nodes/script.ts";
import { doorOf } from "../../cli/trace/door.ts";
import { type Door, Stranger, Unreachable, withSession, wordsOf } from "../../platforms/hosts/ssh.ts";
import { freePort } from "../free-port.ts";
import { sshdIsThere, startSshd, type Sshd } from "./sshd.ts";

const root = join(import.meta.dirname, "../..");
const real = sshdIsThere ? test : test.skip;
let sshd: Sshd | undefined;
test.before(async () => {
  if (sshdIsThere) sshd = await startSshd();
});
test.after.always(() => sshd?.stop());

const door = (more: Partial<Door> = {}): Door => {
  const { host, port, user, privateKey, hostKey } = sshd!;
  const [kind, key] = hostKey.split(" ");
  return { name: "boss", address: host, port, user, privateKey, hostKey: `${kind} ${key}`, ...more };
};
const command = (text: string) => ({ command: `bash -c ${quote(text)}`, stdin: "" });

test("sshd is there, so that the rest is not skipped", (t) => {
  t.true(sshdIsThere);
});

real("a command that hangs is given up, with its last words", async (t) => {
  const begun = Date.now();
  const ended = await withSession(door(), (session) =>
    session.exchange(command("echo looking >&2; sleep 50"), { patience: 6 }, (channel) => void channel.end()),
  );
  t.true(Date.now() - begun < 40_000);
  t.deepEqual([ended.code, ended.silent], [undefined, 6]);
  // What the login shell's own files print comes first.
  t.regex(ended.stderr, /(^|\n)looking\n$/);
  t.regex(wordsOf(ended), /^no word for 6 s; something hangs there/);
});

real("a command that prints without end is given up, and is told of in plain text", async (t) => {
  const ended = await withSession(door(), (session) =>
    session.exchange(command("yes"), { most: 100_000 }, (channel) => void channel.end()),
  );
  t.deepEqual([ended.code, ended.flood], [undefined, true]);
  t.true(ended.stdout.length < 1_000_000);
  t.regex(wordsOf(ended), /printed more than any command/);
  t.is(wordsOf({ code: 1, stdout: "", stderr: "\u001b[2Jgone" }), "\ufffd[2Jgone");
});

real("a command that speaks now and then may take its time", async (t) => {
  const ended = await withSession(door(), (session) =>
    session.exchange(
      command("for i in 1 2 3 4; do echo $i; sleep 3; done"),
      { patience: 8 },
      (channel) => void channel.end(),
    ),
  );
  t.deepEqual([ended.code, ended.stdout], [0, "1\n2\n3\n4\n"]);
});

test("how long a login may take is said for each machine, and one that does not greet by then does not answer", async (t) => {
  const silent = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const slow = { name: "slow", address: "127.0.0.1", port, user: "root", privateKey: "", hostKey: "ssh-ed25519 AAAA" };
  const begun = Date.now();
  await t.throwsAsync(() => withSession({ ...slow, patience: 1 }, () => Promise.resolve()), {
    instanceOf: Unreachable,
    message: /^slow \(127\.0\.0\.1:\d+\) does not answer SSH/,
  });
  const took = Date.now() - begun;
  t.true(took >= 3000 && took < 10_000, `${took} ms for three tries of a second each`);
});

real("another host key ends the connection before a command runs", async (t) => {
  const other = execFileSync("sh", [
    "-c",
    `d=$(mktemp -d); ssh-keygen -q -t ed25519 -N '' -f $d/k; cut -d' ' -f1,2 $d/k.pub; rm -r $d`,
  ]);
  const error = await t.throwsAsync(() =>
    withSession(door({ hostKey: other.toString().trim() }), () => Promise.resolve()),
  );
  t.true(error instanceof Stranger);
});

real("a host that was set up anew can be let go, and the refusal says how", async (t) => {
  const host = {
    ...door({ hostKey: `ssh-ed25519 ${Buffer.from("\0\0\0\vssh-ed25519\0\0\0 ".padEnd(51, "x")).toString("base64")}` }),
    role: "worker",
    privateAddress: "127.0.0.1",
  };
  const reset = (env: Record<string, string>) =>
    execa("node", ["platforms/hosts/host.ts", "reset"], {
      cwd: root,
      env: { LAB: "none", ...env },
      input: JSON.stringify(host),
      reject: false,
    });
  const refused = await reset({});
  t.is(refused.exitCode, 1);
  t.regex(
    refused.stderr,
    /shows the host key [^]*cannot be reset under the key that the lab knew[^]*PODNET_ABANDON=boss \.\/lab up/,
  );
  t.is((await reset({ PODNET_ABANDON: "boss" })).exitCode, 0);
});

real("a trace reaches a node with what the outputs say of it", async (t) => {
  const { host, port, user, privateKey, hostKey } = sshd!;
  const node = { name: "n", ssh: `ssh://${user}@${host}:${port}` };
  const found = doorOf(node, {
    privateKey: "another",
    privateKeys: { n: privateKey },
    knownHosts: `[${host}]:${port} ${hostKey}\n`,
  });
  const { stdout } = await withSession(found, (session) =>
    session.exchange(command("echo here"), {}, (channel) => void channel.end()),
  );
  t.is(stdout, "here\n");
});

test("what a cloud image says to root, on standard output, is the reason and names the remedy", (t) => {
  const stdout = 'Please login as the user "ubuntu" rather than the user "root".\n\n';
  t.is(
    wordsOf({ code: 142, stdout, stderr: "" }),
    'Please login as the user "ubuntu" rather than the user "root". (set user: ubuntu)',
  );
});

real(
  "hosts try the ports of the cluster between them: one that answers is open, one that does not is named, and nothing stays",
  async (t) => {
    const [open, closed] = [await freePort(), await freePort()];
    await withSession(door(), async (session) => {
      const given = { params: { ADDRESS: "127.0.0.1", PORTS: `tcp/${open} udp/${open}` }, stdin: "" } as const;
      const invocation = invoke("host/answer", given, session.door.user);
      const listening = Promise.withResolvers<string>();
      let hangUp = (): void => undefined;
      const ended = session.exchange(
        invocation,
        { patience: 60, onOutput: (text) => void (text.endsWith("listening\n") && listening.resolve(text)) },
        (channel) => {
          channel.write(invocation.stdin);
          hangUp = () => void channel.end();
        },
      );
      t.is(await listening.promise, `tcp/${open}/127.0.0.1\nudp/${open}/127.0.0.1\nlistening\n`);
      const peers = [`tcp/${open}`, `udp/${open}`, `tcp/${closed}`, `udp/${closed}`].map((port) => `${port}/127.0.0.1`);
      const asked = await session.run("host/ask", { params: { PEERS: peers.join(" ") } });
      t.deepEqual(asked.stdout.trim().split("\n").toSorted(), [`tcp/${closed}/127.0.0.1`, `udp/${closed}/127.0.0.1`]);
      hangUp();
      t.is((await ended).code, 0);
      const again = await session.run("host/ask", { params: { PEERS: `tcp/${open}/127.0.0.1` } });
      t.is(again.stdout, `tcp/${open}/127.0.0.1\n`);
    });
  },
);
