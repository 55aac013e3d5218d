/**
 * The Pulumi programs that are written in Go, for machines that cannot download them. Kept in the same store as the bundle.
 *
 *   node cli/parts/binaries.ts          builds what is missing; prints one directory a line
 *   node cli/parts/binaries.ts --plan   only says what is missing and about how long it takes
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Artifact } from "../../bundle/artifact.ts";
import { goPrograms } from "../../bundle/go.ts";
import type { Mirrors } from "../../bundle/mirrors.ts";
import { planText } from "../../bundle/plan.ts";
import { main } from "../../bundle/program.ts";
import { ensureAll, missing } from "../../bundle/progress.ts";
import { Store } from "../../bundle/store.ts";
import { answer } from "../../bundle/tools.ts";
import { hostArch, toolchainVersions } from "../../bundle/versions.ts";

export type Toolchain = {
  /** The Pulumi CLI. */
  readonly pulumi: string;
  /** The plugin of @pulumi/kubernetes, for `pulumi plugin install resource kubernetes VERSION --file`. */
  readonly kubernetesPlugin: string;
  readonly kubernetesVersion: string;
};

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

export async function ensureToolchain(mirrors: Mirrors = {}): Promise<Toolchain> {
  const store = new Store(undefined, mirrors);
  await ensureAll(store, "Pulumi", [cli, kubernetesPlugin]);
  return {
    pulumi: join(store.pathOf(cli), "pulumi"),
    kubernetesPlugin: join(store.pathOf(kubernetesPlugin), "pulumi-resource-kubernetes"),
    kubernetesVersion: pluginVersion,
  };
}

/** What building it would take. */
export function missingForToolchain(): Artifact[] {
  return missing(new Store(), [cli, kubernetesPlugin]);
}

await main(import.meta, async () => {
  const { values } = parseArgs({ options: { plan: { type: "boolean" } } });
  if (values.plan) {
    console.log(planText("Pulumi", missingForToolchain()));
  } else {
    const { pulumi, kubernetesPlugin: plugin } = await ensureToolchain();
    console.log(`${pulumi}\n${plugin}`);
  }
});
