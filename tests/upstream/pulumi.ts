// A stand-in for Pulumi's releases, which only its own site has: archives with the names and members of the maker's, and its files of sums.
// What is in them is whatever a test gives. It does not prove that the maker's have the layout.
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { sha256File } from "../../bundle/image.ts";
import { pulumiPackages } from "../../bundle/release/pulumi.ts";
import type { Arch } from "../../bundle/versions.ts";
import type { Site } from "./site.ts";

/** Programs of the archives, by name: a file of this machine, or the text of a script. */
export type Programs = Readonly<
  Record<
    "pulumi" | "pulumi-language-nodejs" | "pulumi-resource-kubernetes" | "pulumi-resource-command",
    { readonly file: string } | string
  >
>;

/** @returns the paths under which the site has them, the archive before its sums */
export async function publishPulumi(site: Site, arch: Arch, programs: Programs, dir: string): Promise<string[]> {
  const paths: string[] = [];
  for (const { downloads } of pulumiPackages(arch, { downloads: `${site.url}/files` })) {
    for (const { url, sums, to } of downloads) {
      const [file, root] = [join(dir, basename(url)), join(dir, `${basename(url)}.root`)];
      for (const [program, member] of Object.entries(to)) {
        const from = programs[program as keyof Programs];
        await mkdir(dirname(join(root, member)), { recursive: true });
        if (typeof from === "string") await writeFile(join(root, member), from, { mode: 0o755 });
        else await symlink(from.file, join(root, member));
      }
      // The maker's have more in them than is wanted.
      await writeFile(join(root, "LICENSE"), "");
      await execa("tar", ["--dereference", "--use-compress-program=gzip -1", "-cf", file, "-C", root, "."]);
      // The CLI's sums have names that begin with "./"; those of the plugins do not.
      const name = `${to !== undefined && "pulumi" in Object(to) ? "./" : ""}${basename(url)}`;
      const lines = [`${"0".repeat(64)}  ${name}.other`, `${await sha256File(file)}  ${name}`];
      site.pages.set(new URL(url).pathname, { file }).set(new URL(sums).pathname, `${lines.join("\n")}\n`);
      paths.push(new URL(url).pathname, new URL(sums).pathname);
    }
  }
  return paths;
}
