import { installBy } from "../../bundle/tools.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { Program } from "./surroundings.ts";

/** Rows on this machine's tools, this shell and this checkout. Each is pure, and none where it has nothing to say. */

export function config({ surroundings: { configProblems: problems } }: Facts): Finding {
  const what = "config";
  if (problems.length === 0) return { what, verdict: "ok", found: "every value can be used" };
  const found = problems.length === 1 ? "cannot be used" : `${problems.length} values cannot be used`;
  return { what, verdict: "you", found, remedy: problems.join("; ") };
}

export function cache({ cacheProblem, cacheDir }: Facts): Finding {
  const what = "cache";
  if (cacheProblem === undefined) return { what, verdict: "ok", found: cacheDir };
  return { what, verdict: "you", found: cacheProblem, remedy: "set PODNET_CACHE to a folder of your own" };
}

export function lineEnds({ surroundings: { windowsFiles: files } }: Facts): Finding {
  const what = "line ends";
  if (files.length === 0) return { what, verdict: "ok", found: "as Linux has them" };
  return {
    what,
    verdict: "you",
    found: `CRLF in ${files[0]}${files.length === 1 ? "" : ` and ${files.length - 1} more`}`,
    remedy: "bash cannot read them; make the checkout anew: git clone -c core.autocrlf=input",
  };
}

export function node({ node: version, surroundings: { nodeProblem } }: Facts): Finding {
  const what = "Node.js";
  if (nodeProblem === undefined) return { what, verdict: "ok", found: version };
  return { what, verdict: "you", found: version, remedy: nodeProblem };
}

const lacks = ({ surroundings }: Facts, program: Program): boolean => surroundings.missing.includes(program);

/** The packages stand there, or doctor would not run. */
export function npm(facts: Facts): Finding {
  const what = "npm";
  if (!lacks(facts, "npm")) return { what, verdict: "ok", found: "there" };
  const needed = facts.platform === "aws" && !facts.surroundings.awsPackages;
  return {
    what,
    verdict: needed ? "you" : "note",
    found: "missing",
    remedy: needed
      ? "it fetches the packages for EC2: install Node.js 24 LTS, which brings it"
      : "needed when package-lock.json changes: install Node.js 24 LTS, which brings it",
  };
}

export function curl(facts: Facts): Finding {
  const what = "curl";
  if (!lacks(facts, "curl")) return { what, verdict: "ok", found: "there" };
  const found = "missing";
  if (facts.bundleSeconds + facts.pulumiSeconds === 0)
    return {
      what,
      verdict: "note",
      found,
      remedy: `nothing is to be downloaded now; for later: ${installBy("curl", facts.apt)}`,
    };
  if (facts.canInstall) return { what, verdict: "lab", found, remedy: "./lab up installs it" };
  return {
    what,
    verdict: "you",
    found,
    remedy: `it downloads what the lab is made of; install it: ${installBy("curl", facts.apt)}`,
  };
}

export function openSsh(facts: Facts): Finding {
  const what = "OpenSSH";
  const missing = (["ssh-keygen", "ssh-keyscan", "ssh"] as const).filter((program) => lacks(facts, program));
  if (missing.length === 0) return { what, verdict: "ok", found: "ssh, ssh-keygen, ssh-keyscan" };
  const install = `install it: ${installBy("openssh-client", facts.apt)}`;
  const found = `missing: ${missing.join(", ")}`;
  if (missing.includes("ssh-keygen"))
    return { what, verdict: "you", found, remedy: `the lab makes keys by it; ${install}` };
  return {
    what,
    verdict: "note",
    found,
    remedy: `./lab ssh and the looks at machines that are gone want it; ${install}`,
  };
}

/** Nothing depends on it here: only the nodes ask, and each asks itself. */
export function virtualisation({ surroundings: { virtualisation: found } }: Facts): Finding {
  return { what: "this machine", verdict: "ok", found: describe(found) };
}

function describe(found: string | undefined): string {
  if (found === undefined) return "virtual or not: not known, for there is no systemd-detect-virt";
  return found === "none" ? "not virtual" : `virtual: ${found}`;
}

export function dockerHost({ surroundings: { docker } }: Facts): Finding {
  return { what: "DOCKER_HOST", verdict: "ok", found: docker.host ?? "not set" };
}

export function dockerClient({ engine, surroundings: { docker } }: Facts): Finding[] {
  if (engine.state === "none") return [];
  const { snap, buildx, config: own } = docker;
  const builder = buildx ? "BuildKit (buildx)" : "the classic one, for there is no buildx";
  return [
    {
      what: "docker's client",
      verdict: "ok",
      found: snap ? "from snap: it sees no hidden folder, and is given none" : "sees all folders",
    },
    { what: "docker's builder", verdict: "ok", found: builder },
    own?.problem === undefined
      ? { what: "docker's config", verdict: "ok", found: own === undefined ? "none" : own.file }
      : {
          what: "docker's config",
          verdict: "note",
          found: own.problem,
          remedy: `images are pulled without it; to mend it, edit ${own.file}`,
        },
  ];
}

export function state({ surroundings: { stateElsewhere: elsewhere } }: Facts): Finding {
  const what = "state";
  if (elsewhere === undefined) return { what, verdict: "ok", found: "in .lab/ of this checkout" };
  return { what, verdict: "note", found: "kept elsewhere", remedy: elsewhere };
}

export function passphrase({ surroundings: { otherPassphrase: why } }: Facts): Finding {
  const what = "passphrase";
  if (why === undefined) return { what, verdict: "ok", found: "none that would differ" };
  return { what, verdict: "you", found: "another one than before", remedy: why };
}
