// Proves how ./lab finds out that machines are gone, with doors on this machine that are stand-ins. Not that a cloud behaves so.
import { once } from "node:events";
import { createServer } from "node:net";
import test from "ava";
import ssh2 from "ssh2";
import { askDoors, describeGone, doorsOf, judgeKeys, startedAfter } from "../../cli/stack/standing.ts";
import { parseResults } from "../../cli/stack/results.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyqXf0BCUzoVqBqlqCcN7gF7kYDTgzkYMV3MbyLeQjP";

test("a machine is there when it shows the key that it is known by", (t) => {
  t.is(judgeKeys({ hostKey: `${key} comment` }, `# h:22 SSH-2.0\nh ${key}\n`), "answers");
  t.is(judgeKeys({ hostKey: key }, `h ${key.slice(0, -2)}AA\n`), "shows another host key");
  t.is(judgeKeys({ hostKey: key }, ""), "does not answer");
  t.is(judgeKeys({ hostKey: "" }, `h ${key}\n`), "answers");
});

test("where the doors are stands in the outputs, the keys of them in the secret", (t) => {
  const results = parseResults({
    nodes: [
      { name: "m", role: "control-plane", address: "10.0.0.10", ssh: "ssh://root@192.0.2.10:22" },
      { name: "w", role: "worker", address: "10.0.0.11", ssh: "ssh://root@127.0.0.1:32211" },
    ],
    access: { privateKey: "x", knownHosts: `192.0.2.10 ${key}\n[127.0.0.1]:32211 ssh-ed25519 BBBB\n` },
  });
  t.deepEqual(doorsOf(results), [
    { name: "m", host: "192.0.2.10", port: 22, hostKey: key },
    { name: "w", host: "127.0.0.1", port: 32211, hostKey: "ssh-ed25519 BBBB" },
  ]);
  t.deepEqual(
    doorsOf({ ...results, access: "[secret]" }).map(({ hostKey }) => hostKey),
    ["", ""],
  );
});

test("all doors are asked at once, for a few seconds: one that is shut, one that is deaf, one with another key, the right one", async (t) => {
  const pair = ssh2.utils.generateKeyPairSync("ed25519");
  const sshd = new ssh2.Server({ hostKeys: [pair.private] }, (client) => client.on("error", () => {}));
  const deaf = createServer(() => {});
  const shut = createServer();
  const ports: number[] = [];
  for (const server of [sshd, deaf, shut]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as { port: number }).port);
  }
  shut.close();
  t.teardown(() => (sshd.close(), deaf.close()));
  const [sshdPort = 0, deafPort = 0, shutPort = 0] = ports;
  const door = (name: string, port: number, hostKey: string) => ({ name, host: "127.0.0.1", port, hostKey });
  const begun = Date.now();
  const asked = await askDoors([
    door("there", sshdPort, pair.public),
    door("other", sshdPort, key),
    door("deaf", deafPort, key),
    door("shut", shutPort, key),
  ]);
  t.true(Date.now() - begun < 10_000);
  t.deepEqual(describeGone(asked), [
    `other (127.0.0.1:${sshdPort}) shows another host key`,
    `deaf (127.0.0.1:${deafPort}) does not answer`,
    `shut (127.0.0.1:${shutPort}) does not answer`,
  ]);
});

test("outputs are older than a machine that was started after its checks", (t) => {
  const starts = { m: "2026-11-24T16:00:00.000Z", w: "2026-11-24T18:00:00.000Z" };
  t.deepEqual(startedAfter(starts, "2026-11-24T17:00:00Z"), ["w"]);
});
