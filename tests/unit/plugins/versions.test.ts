// Proves that the plugins stand in for the packages that this checkout installs: the engine looks for a plugin by its package's version.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { commandVersion, hostVersion } from "../../../packages/pulumi-plugins/versions.ts";

const root = join(import.meta.dirname, "../../..");
const dependencies = (folder: string): Record<string, string> => {
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Record<string, object>;
  return { ...manifest["dependencies"], ...manifest["peerDependencies"] };
};

test("the plugins' versions are those of the lab's packages", (t) => {
  const lab = dependencies(".");
  t.is(commandVersion, lab["@pulumi/command"] ?? "");
  t.is(hostVersion, lab["@pulumi/pulumi"] ?? "");
});

test("every npm package that the plugins need is one that the lab installs, in the same version", (t) => {
  const lab = dependencies(".");
  for (const [name, version] of Object.entries(dependencies("packages/pulumi-plugins")))
    t.is(version, lab[name] ?? "", name);
});
