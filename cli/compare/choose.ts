import { type BackendName, backendNames, usualBackend } from "../../evidence/backends.ts";
import { nearest } from "../../components/settings/nearest.ts";
import { askFaults } from "../faults/lab.ts";
import { configFor, configValue, judgeConfig, readConfig } from "../stack/config.ts";
import { flag, type Results } from "../stack/results.ts";
import type { Run } from "../trace/door.ts";
import { Problem } from "../view/problem.ts";

/** @throws Problem for a word that is no backend of the lab's */
export function readNames(words: readonly string[]): readonly BackendName[] {
  return [
    ...new Set(
      words.map((word) => {
        const known = backendNames.find((name) => name === word);
        if (known !== undefined) return known;
        const meant = nearest(word, backendNames);
        throw new Problem(
          `no backend "${word}"; ${meant === undefined ? `the backends are ${backendNames.join(", ")}` : `did you mean ${meant}?`}`,
          2,
        );
      }),
    ),
  ];
}

/** Why a backend cannot be compared on this lab; those that can are not among the keys. */
export type Reasons = Readonly<Partial<Record<BackendName, string>>>;

/**
 * The backends to compare, the lab's own first, so that the first one needs no switch, and can be measured once more at the end. Pure.
 * @throws Problem for one that was named and cannot be
 */
export function chosen(
  named: readonly BackendName[],
  own: BackendName,
  reasons: Reasons,
): readonly [BackendName, ...BackendName[]] {
  const refused = named.flatMap((name) => {
    const reason = reasons[name];
    return reason === undefined ? [] : [`${name}: ${reason}`];
  });
  if (refused.length > 0) throw new Problem(`this lab cannot be compared with\n${refused.join("\n")}`);
  const fit = named.length > 0 ? named : backendNames.filter((name) => reasons[name] === undefined);
  const [first, ...others] = [...fit.filter((name) => name === own), ...fit.filter((name) => name !== own)];
  if (first === undefined) throw new Problem("none of flannel's backends can be carried by this lab's machines");
  return [first, ...others];
}

/** By what the config's other keys allow, and by what each machine's kernel says when it is asked. */
export async function reasonsAgainst(stack: string, run: Run, { nodes = [] }: Results): Promise<Reasons> {
  const config = readConfig(stack);
  const byConfig: [BackendName, string][] = [];
  for (const backend of backendNames) {
    const { problems } = await judgeConfig(stack, {
      ...config,
      values: { ...config.values, ...configFor(stack, backend) },
    });
    if (problems.length > 0) byConfig.push([backend, problems.join("; ")]);
  }
  const answers = await Promise.all(
    nodes.map(async ({ name, ...node }) => ({
      name,
      able: await run({ name, ...node }, "cluster/able", { params: { BACKENDS: backendNames.join(" ") } }),
    })),
  );
  const byKernel = backendNames.flatMap((backend): [BackendName, string][] =>
    answers.flatMap(({ name, able }) =>
      able[backend] === ""
        ? []
        : [[backend, `the kernel of ${name} cannot carry it (${able[backend] ?? "no answer"})`]],
    ),
  );
  return Object.fromEntries([...byKernel, ...byConfig]);
}

/** What the lab carries packets by now. @throws Problem where it is not as the config says, is broken, or fails claims: it could not be put back */
export async function ownBackendOf(stack: string, run: Run, results: Results): Promise<BackendName> {
  const { scenarios = {}, network } = results;
  const own = network?.backend ?? usualBackend;
  const wanted = configValue(stack, "backend");
  const lab = flag(stack);
  if (network?.ipFamily === "ipv6")
    throw new Problem(
      'backends are compared by IPv4, and this lab has IPv6 alone; compare on one with ipFamily "ipv4" or "dual"',
    );
  if (own !== wanted)
    throw new Problem(
      `the config says backend "${wanted}", and the lab was brought up with "${own}"; first ./lab up${lab}`,
    );
  const failing = Object.values(scenarios).flatMap(({ claims }) => claims.filter(({ ok }) => !ok));
  if (failing.length > 0)
    throw new Problem(
      `${failing.length} claims did not hold when the lab was last checked; ./lab verify${lab} looks again, and backends are compared on a healthy lab`,
    );
  if ((await askFaults(run, results)).length > 0)
    throw new Problem(`the lab is broken on purpose, and that would be measured; ./lab heal${lab} mends it`);
  return own;
}
