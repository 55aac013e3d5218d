import { downloadUrl, type Mirrors } from "../mirrors.ts";
import { type Arch, toolchainVersions } from "../versions.ts";
import type { Download, Package } from "./plan.ts";

/** The resource plugins that the lab's program uses on every platform, with the version of their npm package. */
export const plugins = {
  kubernetes: toolchainVersions.pulumiKubernetes,
  command: toolchainVersions.pulumiCommand,
} as const;

/** Pulumi as its maker publishes it: the CLI with its language host for Node.js, and the plugins. The rest of what the archives hold is left out. */
export function pulumiPackages(arch: Arch, mirrors: Mirrors): readonly Package[] {
  const download = (base: string, file: string, sums: string, to: Download["to"]): Download => ({
    url: downloadUrl(`${base}/${file}`, mirrors),
    sums: downloadUrl(`${base}/${sums}`, mirrors),
    to,
  });
  const version = toolchainVersions.pulumi;
  const cli = download(
    `https://github.com/pulumi/pulumi/releases/download/v${version}`,
    `pulumi-v${version}-linux-${arch === "amd64" ? "x64" : arch}.tar.gz`,
    `pulumi-${version}-checksums.txt`,
    { pulumi: "pulumi/pulumi", "pulumi-language-nodejs": "pulumi/pulumi-language-nodejs" },
  );
  return [
    { name: "pulumi", megabytes: 130, downloads: [cli] },
    ...Object.entries(plugins).map(([name, release]) => ({
      name: `pulumi-${name}`,
      megabytes: name === "kubernetes" ? 40 : 15,
      downloads: [
        download(
          `https://github.com/pulumi/pulumi-${name}/releases/download/v${release}`,
          `pulumi-resource-${name}-v${release}-linux-${arch}.tar.gz`,
          `pulumi-${name}_${release}_checksums.txt`,
          { [`pulumi-resource-${name}`]: `pulumi-resource-${name}` },
        ),
      ],
    })),
  ];
}
