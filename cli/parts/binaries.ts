/**
 * Pulumi for machines that have none: as its maker publishes it, or its Go programs built here. Kept in the same store as the bundle.
 *
 *   node cli/parts/binaries.ts          provides what is missing; prints one program a line
 *   node cli/parts/binaries.ts --plan   only says what is missing and about how long it takes
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Artifact, digest, idOf } from "../../bundle/artifact.ts";
import { type Decided, defaultChoice, type Origin, type Way } from "../../bundle/choice.ts";
import { decide, makeEitherWay, type Subject } from "../../bundle/decide.ts";
import { goPrograms } from "../../bundle/go.ts";
import type { Mirrors } from "../../bundle/mirrors.ts";
import { planText } from "../../bundle/estimate.ts";
import { main } from "../../bundle/program.ts";
import { ensureAll, missing, planned } from "../../bundle/progress.ts";
import { downloaded } from "../../bundle/release/fetch.ts";
import { plugins, pulumiPackages } from "../../bundle/release/pulumi.ts";
import { Store } from "../../bundle/store.ts";
import { answer } from "../../bundle/tools.ts";
import { hostArch, toolchainVersions } from "../../bundle/versions.ts";
import type { ProvidedPlugin } from "../../packages/pulumi-plugins/install.ts";

export interface PulumiPrograms {
  /** The Pulumi CLI; by release its language host lies beside it, where the engine looks first. */
  readonly pulumi: string;
  /** The way it was made: from source there is neither a language host nor the command plugin, for which the lab has its own. */
  readonly way: Way;
  readonly plugins: readonly ProvidedPlugin[];
}

const { pulumi: cliVersion, pulumiKubernetes: pluginVersion, pulumiKubernetesModule } = toolchainVersions;

const cli: Artifact = goPrograms({
  name: "pulumi",
  arch: hostArch(),
  about: 210,
  programs: [{ package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" }],
  stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${cliVersion}` },
});

const providerModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";

const kubernetesPlugin: Artifact = goPrograms(
  {
    name: "pulumi-kubernetes",
    arch: hostArch(),
    about: 420,
    programs: [{ package: ".", as: "pulumi-resource-kubernetes" }],
    stamps: { [`${providerModule}/pkg/version.Version`]: pluginVersion },
  },
  {
    text: pulumiKubernetesModule,
    async generate({ run }, go, dir) {
      await run(go.file, ["mod", "download", providerModule], { cwd: dir, env: go.env });
      const module = answer(go.file, ["-C", dir, "list", "-m", "-f", "{{.Dir}}", providerModule], go.env);
      if (!module) throw new Error(`Go does not say where ${providerModule} is`);
      const source = join(module, "cmd/pulumi-resource-kubernetes");
      const json = (name: string): object => JSON.parse(readFileSync(join(source, name), "utf8")) as object;
      // What the module's own generate.go does: the schema with its version, both without spaces.
      writeFileSync(join(dir, "schema-embed.json"), JSON.stringify({ ...json("schema.json"), version: pluginVersion }));
      writeFileSync(join(dir, "terraform-mapping-embed.json"), JSON.stringify(json("terraform-mapping.json")));
    },
  },
);

/** What is downloaded, or built. */
export function pulumiArtifacts(way: Way, mirrors: Mirrors): readonly Artifact[] {
  if (way === "source") return [cli, kubernetesPlugin];
  return pulumiPackages(hostArch(), mirrors).map((entry) => downloaded(entry, hostArch()));
}

/** Which way Pulumi is had is a question of its own: it is there, or not, independently of the lab's bundle. */
export function pulumiSubject({ mirrors }: Origin): Subject {
  const store = new Store();
  const both = [...pulumiArtifacts("release", mirrors), ...pulumiArtifacts("source", mirrors)];
  return {
    name: "Pulumi",
    id: digest(["pulumi", ...both.map(idOf)]),
    stands: (way) => pulumiArtifacts(way, mirrors).every((artifact) => store.has(artifact)),
    packages: pulumiPackages(hostArch(), mirrors),
    pullsImages: false,
  };
}

export async function providePulumi(decided: Decided, say?: (line: string) => void): Promise<PulumiPrograms> {
  return await makeEitherWay(pulumiSubject(decided), decided, provide, say);
}

async function provide({ way, mirrors }: Decided): Promise<PulumiPrograms> {
  const store = new Store(undefined, mirrors);
  const artifacts = pulumiArtifacts(way, mirrors);
  await ensureAll(store, way === "source" ? "Pulumi, from source" : "Pulumi, as released", artifacts);
  const fileOf = (program: string): string | undefined => {
    const from = artifacts.find(({ name }) => name.replace(/^release-/, "") === program.replace("-resource", ""));
    return from && join(store.pathOf(from), program);
  };
  return {
    way,
    pulumi: fileOf("pulumi") ?? "",
    plugins: Object.entries(plugins).flatMap(([name, version]) => {
      const file = fileOf(`pulumi-resource-${name}`);
      return file === undefined ? [] : [{ name, version, file }];
    }),
  };
}

/** What providing it would take. */
export function missingForPulumi({ way, mirrors }: Decided): Artifact[] {
  return missing(new Store(), pulumiArtifacts(way, mirrors));
}

await main(import.meta, async () => {
  const { values } = parseArgs({ options: { plan: { type: "boolean" } } });
  const decided = await decide(pulumiSubject(defaultChoice), defaultChoice);
  if (values.plan) {
    console.log(planText("Pulumi", planned(missingForPulumi(decided))));
    return;
  }
  const programs = await providePulumi(decided);
  console.log([programs.pulumi, ...programs.plugins.map(({ file }) => file)].join("\n"));
});
