// What the project's package.json says about the packages it uses.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

const readManifest = (path: string): Manifest | undefined => {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
};

/** The packages that the project names, as installed. */
export function dependenciesOf(programDirectory: string, transitive: boolean): Dependency[] {
  const seen = new Map<string, Dependency>();
  const visit = (directory: string, names: string[]): void => {
    for (const name of names) {
      const found = installed(directory, name);
      if (!found || seen.has(`${name}@${found.manifest.version}`)) continue;
      seen.set(`${name}@${found.manifest.version}`, { name, version: found.manifest.version ?? "" });
      if (transitive) visit(found.directory, Object.keys(found.manifest.dependencies ?? {}));
    }
  };
  const project = readManifest(join(programDirectory, "package.json"));
  visit(programDirectory, Object.keys({ ...project?.dependencies, ...project?.devDependencies }));
  return [...seen.values()].sort((a, b) => a.name.localeCompare(b.name));
}

function installed(from: string, name: string): { manifest: Manifest; directory: string } | undefined {
  for (const folder of createRequire(join(from, "package.json")).resolve.paths(name) ?? []) {
    const path = join(folder, name, "package.json");
    const manifest = readManifest(path);
    if (manifest) return { manifest, directory: dirname(path) };
  }
  return undefined;
}
