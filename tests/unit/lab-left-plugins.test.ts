// Proves which processes ./lab takes for plugins that a killed engine has left, and that it ends no other, with programs of the test's own in the plugins' place. That
// no real one is left is looked for by the tier life (tests/life/killed.test.ts).
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { endLeftPlugins, pluginsOf } from "../../cli/stack/left-plugins.ts";
import { freePort } from "../free-port.ts";

test("a plugin whose engine is gone is ended; one whose engine is there, and one of another checkout, are not", async (t) => {
  const [home, other] = [mkdtempSync(join(tmpdir(), "podnet-home-")), mkdtempSync(join(tmpdir(), "podnet-home-"))];
  const engine = createServer();
  await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
  const [there, gone] = [(engine.address() as AddressInfo).port, await freePort()];
  const started: ChildProcess[] = [];
  t.teardown(() => {
    for (const child of started) child.kill("SIGKILL");
    engine.close();
    for (const folder of [home, other]) rmSync(folder, { recursive: true });
  });
  const plugin = async (folder: string, ...args: readonly string[]): Promise<ChildProcess> => {
    const argv0 = join(folder, "plugins", "resource-kubernetes-v1.0.0", "pulumi-resource-kubernetes");
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "--", ...args], {
      argv0,
      stdio: "ignore",
    });
    started.push(child);
    await once(child, "spawn");
    return child;
  };
  const left = await plugin(home, "-x", `127.0.0.1:${gone}`);
  const working = await plugin(home, `127.0.0.1:${there}`);
  const theirs = await plugin(other, `127.0.0.1:${gone}`);
  // Started by hand, without an engine.
  const attached = await plugin(home);
  t.deepEqual(
    pluginsOf(home).map(({ pid, name, engine: port }) => [pid, name, port]),
    [
      [left.pid, "pulumi-resource-kubernetes", gone],
      [working.pid, "pulumi-resource-kubernetes", there],
    ],
  );
  const ended = once(left, "exit");
  await endLeftPlugins(home);
  await ended;
  t.deepEqual(
    [working, theirs, attached].map(({ exitCode, signalCode }) => exitCode ?? signalCode),
    [null, null, null],
  );
});

test("where no /proc is, there is none", (t) => {
  t.deepEqual(pluginsOf("/home", "/nowhere"), []);
});
