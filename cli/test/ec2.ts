import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Artifact } from "../../bundle/artifact.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";
import { ensureAwsPackage, needNpm } from "../parts/aws.ts";
import { checkout } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { needVenv } from "./packages.ts";

const folder = join(checkout, "tests", "aws");

/** The npm packages of the tests' EC2, which no lab needs: a folder of their own keeps them out of everybody's installation. */
export async function ensureEc2Packages(): Promise<void> {
  const [lock, installed] = [join(folder, "package-lock.json"), join(folder, "node_modules", ".podnet-lock.json")];
  if (existsSync(installed) && readFileSync(installed, "utf8") === readFileSync(lock, "utf8")) return;
  needNpm("the packages of tests/aws");
  const result = await execa("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdin: "ignore",
    reject: false,
    all: true,
  });
  if (result.exitCode !== 0) throw new Problem(`npm could not install the packages of tests/aws: ${result.all}`);
  cpSync(lock, installed);
}

/** Everything that the tests' EC2 stands on; returns what to add to the environment. */
export async function ensureEc2(): Promise<NodeJS.ProcessEnv> {
  await ensureAwsPackage();
  await ensureEc2Packages();
  await needVenv();
  const { stdout: python } = await execa("python3", ["--version"], { stdin: "ignore" });
  const requirements = join(folder, "requirements.txt");
  const moto: Artifact = {
    name: "moto",
    arch: hostArch(),
    about: 15,
    inputs: { python, requirements: readFileSync(requirements, "utf8") },
    needs: [],
    async build({ out, run }) {
      await run("python3", ["-m", "venv", out]);
      await run(join(out, "bin", "python"), [
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
        requirements,
      ]);
    },
  };
  return { STAND_IN_PYTHON: join(await new Store().ensure(moto), "bin", "python") };
}
