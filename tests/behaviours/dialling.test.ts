// States how a connection is dialled: what is retried and how often, and which ways in are tried.
import { createServer, type Socket } from "node:net";
import test from "ava";
import { failureOf, Plugin, secret, type Properties } from "./plugin.ts";
import { startFakeSshd } from "./fake-sshd.ts";
import { freePort } from "../free-port.ts";

let plugin: Plugin;
test.before(async () => {
  plugin = await Plugin.start();
});
test.after.always(async () => plugin?.stop());

async function run(connection: Properties, name = "dialling"): Promise<unknown> {
  const given = secret({ host: "127.0.0.1", user: "ops", dialErrorLimit: 0, perDialTimeout: 15, ...connection });
  return (await plugin.create("remote:Command", { create: "it", connection: given }, { name })).state.stdout;
}

/** A server that takes connections, counts them and says nothing. */
async function silentServer(onConnect: (socket: Socket) => void) {
  const times: number[] = [];
  const server = createServer((socket) => {
    times.push(Date.now());
    socket.on("error", () => {});
    onConnect(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, times, stop: () => server.close() };
}

test("a closed port fails after the limit, and says how often it was tried", async (t) => {
  const port = await freePort();
  t.regex(await failureOf(run({ port, dialErrorLimit: 3 }, "closed")), /after 3 failed attempts: .*refused/);
  t.deepEqual(plugin.linesOf("closed"), [
    "Dial 1/3 failed: retrying",
    "Dial 2/3 failed: retrying",
    "Dial 3/3 failed: retrying",
  ]);
});

test("a limit of n means n dials more than the first", async (t) => {
  const server = await silentServer((socket) => socket.destroy());
  t.teardown(() => server.stop());
  await failureOf(run({ port: server.port, dialErrorLimit: 2 }));
  t.is(server.times.length, 3);
});

test("a limit of 0 means one dial", async (t) => {
  const server = await silentServer((socket) => socket.destroy());
  t.teardown(() => server.stop());
  t.regex(await failureOf(run({ port: server.port, dialErrorLimit: 0 })), /after 0 failed attempts/);
  t.is(server.times.length, 1);
});

test("the pauses grow by half from 100 ms", async (t) => {
  const server = await silentServer((socket) => socket.destroy());
  t.teardown(() => server.stop());
  await failureOf(run({ port: server.port, dialErrorLimit: 4 }));
  const pauses = server.times.slice(1).map((time, i) => time - server.times[i]!);
  for (const [i, least] of [100, 150, 225, 337].entries()) t.true(pauses[i]! >= least - 10, JSON.stringify(pauses));
});

test("a server that comes up late is reached", async (t) => {
  const server = await startFakeSshd({ accepts: () => true, drops: 2 });
  t.teardown(() => server.stop());
  t.is(await run({ port: server.port, password: "x", dialErrorLimit: 5 }), "ran it");
  t.is(server.connections(), 3);
});

test("a limit of -1 goes on", async (t) => {
  const server = await startFakeSshd({ accepts: () => true, drops: 4 });
  t.teardown(() => server.stop());
  t.is(await run({ port: server.port, password: "x", dialErrorLimit: -1 }, "unlimited"), "ran it");
  t.is(plugin.linesOf("unlimited")[0], "Dial 1/inf failed: retrying");
});

test("a login that is refused is retried like a dial", async (t) => {
  const server = await startFakeSshd({ accepts: () => false });
  t.teardown(() => server.stop());
  t.regex(
    await failureOf(run({ port: server.port, password: "the wrong one", dialErrorLimit: 1 })),
    /after 1 failed attempts: .*(authenti|handshake failed)/,
  );
  t.is(server.connections(), 2);
});

test("a session that breaks is an error and is not retried: the command may have run", async (t) => {
  const server = await startFakeSshd({ accepts: () => true, breaks: true });
  t.teardown(() => server.stop());
  t.regex(
    await failureOf(run({ port: server.port, password: "x", dialErrorLimit: 5 })),
    /without exit status|lost|closed/i,
  );
  t.is(server.connections(), 1);
});

test("a password lets in", async (t) => {
  const server = await startFakeSshd({
    accepts: (login) => login.method === "password" && login.username === "ops" && login.password === "s3same",
  });
  t.teardown(() => server.stop());
  t.is(await run({ port: server.port, password: "s3same" }), "ran it");
});

test("a password answers a keyboard-interactive login too", async (t) => {
  const server = await startFakeSshd({
    accepts: (login) => {
      if (login.method !== "keyboard-interactive") return false;
      login.prompt([{ prompt: "Password: ", echo: false }], (answers) =>
        answers[0] === "s3same" ? login.accept() : login.reject(),
      );
      return "asked";
    },
  });
  t.teardown(() => server.stop());
  t.is(await run({ port: server.port, password: "s3same" }), "ran it");
});

test("a server that asks for nothing lets in", async (t) => {
  const server = await startFakeSshd({ accepts: (login) => login.method === "none" });
  t.teardown(() => server.stop());
  t.is(await run({ port: server.port }), "ran it");
});

test("the user is root unless the connection says otherwise", async (t) => {
  const { inputs } = await plugin.check("remote:Command", { create: "it", connection: { host: "127.0.0.1" } });
  t.is(((inputs.connection as Properties).value as Properties).user, "root");
});

test("a host that never answers the dial fails within perDialTimeout", async (t) => {
  // An address that is set aside for documentation: whatever the network does with it, nobody answers.
  const started = Date.now();
  await failureOf(run({ host: "192.0.2.1", port: 22, perDialTimeout: 1 }));
  t.true(Date.now() - started < 10_000);
});
