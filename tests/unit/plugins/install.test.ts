// Proves what the installer writes. That the engine finds it there without a warning is proved in tests/behaviours.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { installPlugins, pluginFile } from "../../../packages/pulumi-plugins/install.ts";

const places = (t: ExecutionContext) => {
  const root = mkdtempSync(join(tmpdir(), "podnet-install-"));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  return { root, pulumiHome: join(root, "home"), node: process.execPath, checkout: join(root, "it's a checkout") };
};

test("a wrapper is executable and starts the checkout's code with the given Node, whatever the paths", async (t) => {
  const given = places(t);
  execFileSync("mkdir", ["-p", join(given.checkout, "packages/pulumi-plugins/command")]);
  writeFileSync(
    join(given.checkout, "packages/pulumi-plugins/command/main.ts"),
    "console.log(process.argv.slice(2).join('|'))",
  );
  await installPlugins(given);
  const file = pluginFile(given.pulumiHome, "resource", "command", "1.2.1");
  t.is(execFileSync(file, ["a b", "c"], { encoding: "utf8" }), "a b|c\n");
});

test("what is up to date is left alone; what is not is replaced", async (t) => {
  const given = places(t);
  await installPlugins(given);
  const file = pluginFile(given.pulumiHome, "resource", "command", "1.2.1");
  const before = statSync(file).ino;
  await installPlugins(given);
  t.is(statSync(file).ino, before);
  await installPlugins({ ...given, node: "/another/node" });
  t.regex(readFileSync(file, "utf8"), /'\/another\/node'/);
});

test("the kubernetes plugin is a link, which follows a new build", async (t) => {
  const given = places(t);
  const file = pluginFile(given.pulumiHome, "resource", "kubernetes", "4.25.0");
  await installPlugins({ ...given, kubernetesPlugin: "/build/1" });
  t.is(readlinkSync(file), "/build/1");
  await installPlugins({ ...given, kubernetesPlugin: "/build/2" });
  t.is(readlinkSync(file), "/build/2");
});
