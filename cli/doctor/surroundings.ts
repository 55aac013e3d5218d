import { existsSync, globSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { nodeProblem } from "../../node-version.js";
import { answer, onPath, readOrNothing } from "../../bundle/tools.ts";
import { checkout } from "../paths.ts";
import { configProblems } from "../stack/config.ts";
import { stateElsewhere } from "../stack/environment.ts";
import { whyOther } from "../stack/passphrase.ts";

export const programs = ["curl", "npm", "ssh", "ssh-keygen", "ssh-keyscan"] as const;
export type Program = (typeof programs)[number];

/** What is about this machine, this shell and this checkout, whatever the lab is made of. */
export interface Surroundings {
  /** Every sentence of what is wrong with the stack's config. */
  readonly configProblems: readonly string[];
  /** Files with Windows line ends, of those that bash reads. */
  readonly windowsFiles: readonly string[];
  /** One sentence where this Node is not one for the lab. */
  readonly nodeProblem: string | undefined;
  /** Those that are not on PATH. */
  readonly missing: readonly Program[];
  /** What @aws-sdk needs npm for stands there already. */
  readonly awsPackages: boolean;
  /** As systemd-detect-virt has it; undefined where there is none to ask. */
  readonly virtualisation: string | undefined;
  readonly docker: DockerClient;
  /** One sentence where the state is not in .lab/. */
  readonly stateElsewhere: string | undefined;
  /** One sentence where another passphrase is at hand than at the last run. */
  readonly otherPassphrase: string | undefined;
}

export interface DockerClient {
  readonly snap: boolean;
  readonly buildx: boolean;
  /** DOCKER_HOST. */
  readonly host: string | undefined;
  /** What is wrong with docker's own configuration, and in which file. */
  readonly config: { readonly file: string; readonly problem: string | undefined } | undefined;
}

export async function gatherSurroundings(stack: string, env: NodeJS.ProcessEnv = process.env): Promise<Surroundings> {
  const docker = onPath("docker");
  const buildx =
    docker !== undefined &&
    (await execa(docker, ["buildx", "version"], { reject: false, stdin: "ignore", timeout: 10_000 })).exitCode === 0;
  const file = join(env["DOCKER_CONFIG"] || join(homedir(), ".docker"), "config.json");
  const text = readOrNothing(file);
  return {
    configProblems: await configProblems(stack),
    windowsFiles: windowsFiles(),
    nodeProblem: nodeProblem(process.versions.node),
    missing: programs.filter((program) => onPath(program) === undefined),
    awsPackages: existsSync(join(checkout, "node_modules", "@aws-sdk", "client-ec2")),
    virtualisation: onPath("systemd-detect-virt") && (answer("systemd-detect-virt", []) ?? "none"),
    docker: {
      snap: docker !== undefined && /^\/snap\/|\/usr\/bin\/snap$/.test(`${realpathSync(docker)}`),
      buildx,
      host: env["DOCKER_HOST"] || undefined,
      config:
        text === undefined ? undefined : { file, problem: brokenConfig(text, (name) => onPath(name) !== undefined) },
    },
    stateElsewhere: stateElsewhere(env),
    otherPassphrase: whyOther(stack, env),
  };
}

/** What keeps docker from reading its configuration, or from using it. Pure. */
export function brokenConfig(text: string, isThere: (program: string) => boolean): string | undefined {
  let config: { credsStore?: string; credHelpers?: Record<string, string> };
  try {
    config = JSON.parse(text) as typeof config;
  } catch {
    return "it is not JSON";
  }
  const helpers = [config.credsStore, ...Object.values(config.credHelpers ?? {})].filter((name) => Boolean(name));
  const gone = helpers.map((name) => `docker-credential-${name}`).find((program) => !isThere(program));
  return gone === undefined ? undefined : `it names ${gone}, which is not there`;
}

/** Of what bash reads here or on a node; where one has them, most have. */
function windowsFiles(): string[] {
  const scripts = globSync("{nodes,platforms}/**/*.sh", { cwd: checkout });
  return ["lab", ...scripts].filter((file) => readOrNothing(join(checkout, file))?.includes("\r\n"));
}
