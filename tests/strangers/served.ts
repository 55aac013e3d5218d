/** A stand-in of all of upstream (tests/upstream), on a cable between this machine and a stranger's, which reaches nothing else. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { ensureBundle } from "../../bundle/build.ts";
import { defaultChoice, settled } from "../../bundle/choice.ts";
import { bundleSubject, decide } from "../../bundle/decide.ts";
import type { Mirrors } from "../../bundle/mirrors.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";
import { providePulumi } from "../../cli/parts/binaries.ts";
import { ensureCrane } from "../upstream/crane.ts";
import { publishPulumi } from "../upstream/pulumi.ts";
import { openUpstream } from "../upstream/upstream.ts";
import { labOf, type UserMachine } from "./machine.ts";

/** Private ones: crane speaks to a registry there without TLS. */
const [here, there] = ["172.31.255.253", "172.31.255.254"] as const;

export interface Served extends AsyncDisposable {
  readonly mirrors: Mirrors;
}

/** The CLI is the one built here; what stands for the official language host and command plugin starts those of the stranger's checkout. */
export async function serveUpstream(machine: UserMachine): Promise<Served> {
  const pid = await machine.pid();
  const cable = `podnet-up${pid % 100_000}`;
  const inside = (...command: string[]) => execa("nsenter", ["--target", String(pid), "--net", ...command]);
  await execa("ip", ["link", "add", cable, "type", "veth", "peer", "name", "up0", "netns", String(pid)]);
  await execa("ip", ["address", "add", `${here}/30`, "dev", cable]);
  await execa("ip", ["link", "set", cable, "up"]);
  await inside("ip", "address", "add", `${there}/30`, "dev", "up0");
  await inside("ip", "link", "set", "up0", "up");

  const arch = hostArch();
  const bundle = await ensureBundle(await decide(bundleSubject(defaultChoice), defaultChoice));
  // Its name is such that what a killed run has left is removed with its machine's folder: see machine.ts.
  const folder = mkdtempSync(join(cacheRoot(), "scratch", `stranger-${process.pid}-`));
  const upstream = await openUpstream(bundle.dir, await ensureCrane(), arch, join(folder, "upstream"), here);
  const { pulumi, plugins } = await providePulumi(settled("source", defaultChoice));
  const starts = (main: string): string =>
    `#!/bin/sh\nexec node --disable-warning=ExperimentalWarning ${labOf}/packages/pulumi-plugins/${main}/main.ts "$@"\n`;
  const programs = {
    pulumi: { file: pulumi },
    "pulumi-language-nodejs": starts("language-nodejs"),
    "pulumi-resource-kubernetes": { file: plugins.find(({ name }) => name === "kubernetes")?.file ?? "" },
    "pulumi-resource-command": starts("command"),
  };
  await publishPulumi(upstream.site, arch, programs, folder);
  return {
    mirrors: upstream.mirrors,
    async [Symbol.asyncDispose]() {
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
