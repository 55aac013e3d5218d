// Pulumi as a release leaves it, run by the real engine: the CLI with its language host beside it, the plugins in PULUMI_HOME. The archives are
// stand-ins (tests/upstream/pulumi.ts): the CLI is the one built here, and what stands for the official language host and command plugin starts
// this checkout's. It proves that the engine finds them there, without a download and without a warning; not that the official ones run the lab.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import anyTest from "ava";
import { execa } from "execa";
import { settled } from "../../bundle/choice.ts";
import { hostArch } from "../../bundle/versions.ts";
import { providePulumi } from "../../cli/parts/binaries.ts";
import { installPlugins } from "../../packages/pulumi-plugins/install.ts";
import { publishPulumi } from "../upstream/pulumi.ts";
import { openSite } from "../upstream/site.ts";
import { cli, Project } from "./project.ts";

const test = cli ? anyTest.serial : anyTest.serial.skip;
const checkout = join(import.meta.dirname, "../..");

test("the engine finds all of it, asks for nothing more and warns of nothing", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "podnet-layout-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const starts = (main: string): string =>
    `#!/bin/sh\necho ${main} >>'${folder}/started'\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${checkout}/packages/pulumi-plugins/${main}/main.ts' "$@"\n`;
  const site = await openSite();
  t.teardown(() => site.close());
  const programs = {
    pulumi: { file: cli! },
    "pulumi-language-nodejs": starts("language-nodejs"),
    "pulumi-resource-kubernetes": "#!/bin/sh\nexit 1\n",
    "pulumi-resource-command": starts("command"),
  };
  await publishPulumi(site, hostArch(), programs, folder);
  process.env["PODNET_CACHE"] = join(folder, "cache");
  const mirrors = { downloads: `${site.url}/files` };
  const { pulumi, plugins } = await providePulumi(settled("release", { mirrors, kubernetes: "1.37.2" }));

  const project = await Project.create(`
    import { local } from "@pulumi/command";
    export const said = new local.Command("it", { create: "echo well" }).stdout;
  `);
  t.teardown(() => project.remove());
  const pulumiHome = join(folder, "home");
  installPlugins({ pulumiHome, node: process.execPath, checkout, plugins, standIns: false });
  const env = { ...project.env, PULUMI_HOME: pulumiHome, PATH: `${dirname(pulumi)}:${process.env["PATH"]}` };
  const run = (...args: string[]) =>
    execa(pulumi, [...args, "--non-interactive"], { cwd: project.dir, env, all: true, reject: false });
  const up = await run("up", "--yes", "--skip-preview", "--stack", "test");
  t.is(up.exitCode, 0, up.all);
  t.notRegex(up.all, /warning|download|\$PATH/i);
  t.is((await run("stack", "output", "said", "--stack", "test")).stdout, "well");
  const started = readFileSync(join(folder, "started"), "utf8");
  t.regex(started, /^language-nodejs$/m);
  t.regex(started, /^command$/m);
});
