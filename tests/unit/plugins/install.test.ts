// Proves what the installer writes. That the engine finds it there without a warning is proved in tests/behaviours.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { plugins as released } from "../../../bundle/release/pulumi.ts";
import { version as commandVersion } from "../../../packages/pulumi-plugins/command/schema.ts";
import { version as hostVersion } from "../../../packages/pulumi-plugins/language-nodejs/version.ts";
import { installPlugins, isStandIn, pluginFile } from "../../../packages/pulumi-plugins/install.ts";

const places = (t: ExecutionContext) => {
  const root = mkdtempSync(join(tmpdir(), "podnet-install-"));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  return { root, pulumiHome: join(root, "home"), node: process.execPath, checkout: join(root, "it's a checkout") };
};

test("a wrapper is executable and starts the checkout's code with the given Node, whatever the paths", (t) => {
  const given = places(t);
  execFileSync("mkdir", ["-p", join(given.checkout, "packages/pulumi-plugins/command")]);
  writeFileSync(
    join(given.checkout, "packages/pulumi-plugins/command/main.ts"),
    "console.log(process.argv.slice(2).join('|'))",
  );
  installPlugins(given);
  const file = pluginFile(given.pulumiHome, "resource", "command", "1.2.1");
  t.is(execFileSync(file, ["a b", "c"], { encoding: "utf8" }), "a b|c\n");
});

test("what is up to date is left alone; what is not is replaced", (t) => {
  const given = places(t);
  installPlugins(given);
  const file = pluginFile(given.pulumiHome, "resource", "command", "1.2.1");
  const before = statSync(file).ino;
  installPlugins(given);
  t.is(statSync(file).ino, before);
  installPlugins({ ...given, node: "/another/node" });
  t.regex(readFileSync(file, "utf8"), /'\/another\/node'/);
});

test("a plugin that is somewhere else is a link, which follows a new one", (t) => {
  const given = places(t);
  const file = pluginFile(given.pulumiHome, "resource", "kubernetes", "4.25.0");
  const plugins = (where: string) => [{ name: "kubernetes", version: "4.25.0", file: where }];
  installPlugins({ ...given, plugins: plugins("/build/1") });
  t.is(readlinkSync(file), "/build/1");
  installPlugins({ ...given, plugins: plugins("/build/2") });
  t.is(readlinkSync(file), "/build/2");
});

test("the official command plugin takes the place of the checkout's own, and gives it back", (t) => {
  const given = places(t);
  const file = pluginFile(given.pulumiHome, "resource", "command", "1.2.1");
  installPlugins(given);
  installPlugins({ ...given, standIns: false, plugins: [{ name: "command", version: "1.2.1", file: "/official" }] });
  t.is(readlinkSync(file), "/official");
  t.false(isStandIn(file));
  installPlugins(given);
  t.regex(readFileSync(file, "utf8"), /^#!\/bin\/sh\n/);
  t.true(isStandIn(file));
});

test("the plugins, the SDKs and what the lab downloads are of the same versions", (t) => {
  const root = join(import.meta.dirname, "../../..");
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  t.is(dependencies["@pulumi/command"], commandVersion);
  t.is(dependencies["@pulumi/pulumi"], hostVersion);
  for (const [name, version] of Object.entries(released)) t.is(dependencies[`@pulumi/${name}`], version);
});
