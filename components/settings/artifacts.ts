import { type Choice, ways } from "../../bundle/choice.ts";
import { kubernetesProblem } from "../../bundle/kubernetes.ts";
import { lessonRegistries, type Mirrors, registries } from "../../bundle/mirrors.ts";
import { nearest } from "./nearest.ts";

const choices = ["auto", ...ways] as const satisfies readonly Choice["way"][];

const allRegistries = [...registries, ...lessonRegistries];

const samples = {
  downloads: "https://mirror.example/files",
  apt: "https://mirror.example",
  goproxy: "https://proxy.example,direct",
} as const;

/** Which Kubernetes, and where programs and images come from, out of the keys `kubernetesVersion`, `artifacts` and `mirrors`. */
export function readArtifacts(
  config: {
    readonly artifacts: string;
    readonly mirrors: Readonly<Record<string, unknown>>;
    readonly kubernetesVersion: string;
  },
  problems: string[],
): Choice {
  const way = choices.find((known) => known === config.artifacts);
  if (way === undefined)
    problems.push(`artifacts "${config.artifacts}" is not known; write one of: ${choices.join(", ")}`);
  const kubernetes = config.kubernetesVersion;
  const problem = kubernetesProblem(kubernetes, config.artifacts);
  if (problem !== undefined) problems.push(`kubernetesVersion ${JSON.stringify(kubernetes)} ${problem}`);
  return { way: way ?? "auto", mirrors: readMirrors(config.mirrors, problems), kubernetes };
}

function readMirrors(given: Readonly<Record<string, unknown>>, problems: string[]): Mirrors {
  const mirrors: { -readonly [key in keyof Mirrors]: Mirrors[key] } = {};
  for (const [key, value] of Object.entries(given)) {
    switch (key) {
      case "downloads":
      case "apt":
        if (isBase(`mirrors.${key}`, value, samples[key], problems)) mirrors[key] = value;
        break;
      case "goproxy":
        if (isGoProxy(value, problems)) mirrors.goproxy = value;
        break;
      case "registries":
        mirrors.registries = readRegistries(value, problems);
        break;
      default:
        problems.push(`mirrors.${key} is not a key of mirrors; ${known(key, [...Object.keys(samples), "registries"])}`);
    }
  }
  return mirrors;
}

function readRegistries(given: unknown, problems: string[]): Readonly<Record<string, string>> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    problems.push(
      `mirrors.registries ${JSON.stringify(given)} is not a map; write name: URL, such as docker.io: https://mirror.example`,
    );
    return {};
  }
  const bases: Record<string, string> = {};
  for (const [host, base] of Object.entries(given)) {
    if (!allRegistries.some((name) => name === host)) {
      problems.push(
        `mirrors.registries.${host} is no registry that the lab takes images from; ${known(host, allRegistries)}`,
      );
    } else if (isBase(`mirrors.registries.${host}`, base, "https://mirror.example/images", problems))
      bases[host] = base;
  }
  return bases;
}

function known(key: string, keys: readonly string[]): string {
  const meant = nearest(key, keys);
  return meant === undefined ? `write one of: ${keys.join(", ")}` : `did you mean ${meant}?`;
}

/** A URL that a path can be put after. It goes to logs, to other programs' command lines and, on a node, into files. */
function isBase(key: string, value: unknown, sample: string, problems: string[]): value is string {
  const url =
    typeof value === "string" && /^https?:\/\/[!-~]+$/.test(value) && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^[A-Za-z0-9._~:/%@-]+$/.test(String(value))) {
    problems.push(`${key} ${JSON.stringify(value)} is not a base URL; write one, such as ${sample}`);
    return false;
  }
  if (url.username !== "" || url.password !== "") {
    problems.push(
      `${key} holds a user's name or password, which would be seen in logs; write it without, such as ${sample}`,
    );
    return false;
  }
  return true;
}

/** As Go reads it: web addresses, "direct" and "off", separated by commas or bars. */
function isGoProxy(value: unknown, problems: string[]): value is string {
  const parts = typeof value === "string" ? value.split(/[,|]/) : [];
  if (parts.length > 0 && parts.every((part) => /^(direct|off|https?:\/\/[A-Za-z0-9._~:/%-]+)$/.test(part)))
    return true;
  problems.push(
    `mirrors.goproxy ${JSON.stringify(value)} is not a list as GOPROXY has it; write one, such as ${samples.goproxy}`,
  );
  return false;
}
