import { execFile } from "node:child_process";
import { join } from "node:path";
import { onPath } from "../../bundle/tools.ts";
import { checkout } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";
import { configValue, isElsewhere, type Platform, platformOf, readSettings } from "./config.ts";
import { ownBackend } from "./environment.ts";
import { askLabState, readLabState } from "./lab-state.ts";
import { readStackState } from "./interrupted.ts";
import { describePause } from "./paused.ts";
import { flag, readResults, type Results } from "./results.ts";

/** A machine's door, and the key by which it is known. */
export interface Door {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** "type base64"; the empty text where any key will do. */
  readonly hostKey: string;
}

export type Standing = "answers" | "does not answer" | "shows another host key";

export interface Asked extends Door {
  readonly standing: Standing;
}

const seconds = 3;

/**
 * Asks machines at their doors, all at once, whether they are still there: three seconds each, without logging in. An address that somebody
 * else has got meanwhile shows another key. Nothing is known, and nothing returned, where OpenSSH's ssh-keyscan is missing.
 */
export async function askDoors(doors: readonly Door[]): Promise<readonly Asked[]> {
  if (onPath("ssh-keyscan") === undefined) return [];
  return await Promise.all(doors.map(async (door) => ({ ...door, standing: judgeKeys(door, await keysOf(door)) })));
}

async function keysOf({ host, port, hostKey }: Door): Promise<string> {
  const type = /^ecdsa/.test(hostKey) ? "ecdsa" : /^ssh-rsa/.test(hostKey) ? "rsa" : "ed25519";
  const args = ["-T", String(seconds), "-p", String(port), "-t", type, host];
  return (await answerOf("ssh-keyscan", args, { timeout: (seconds + 2) * 1000 })).stdout;
}

interface Answer {
  readonly succeeded: boolean;
  /** As much as there is, also where it failed. */
  readonly stdout: string;
}

/** Node's own call: execa's many modules would take longer to read than the question takes. */
function answerOf(file: string, args: readonly string[], options: Parameters<typeof execFile>[2]): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { ...options, encoding: "utf8" }, (error, stdout) =>
      resolve({ succeeded: error === null, stdout }),
    );
    child.stdin?.end();
  });
}

/** From what ssh-keyscan prints: "HOST TYPE BASE64" a line, and remarks. Pure. */
export function judgeKeys({ hostKey }: Pick<Door, "hostKey">, printed: string): Standing {
  const keys = printed
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.split(" ").slice(1, 3).join(" "));
  if (keys.length === 0) return "does not answer";
  if (hostKey === "") return "answers";
  return keys.includes(hostKey.split(" ").slice(0, 2).join(" ")) ? "answers" : "shows another host key";
}

/** The doors that a lab's outputs tell of, with their keys where the secret among them is shown. Pure. */
export function doorsOf({ nodes = [], access }: Results): readonly Door[] {
  const knownHosts = access === undefined || access === "[secret]" ? "" : access.knownHosts;
  const known = new Map(
    knownHosts
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [line.split(" ")[0] ?? "", line.split(" ").slice(1).join(" ")]),
  );
  return nodes.map(({ name, ssh }) => {
    const { hostname: host, port } = new URL(ssh);
    const hostKey = known.get(port === "" || port === "22" ? host : `[${host}]:${port}`) ?? "";
    return { name, host, port: Number(port || 22), hostKey };
  });
}

/** "k8s-worker1 (192.0.2.11) does not answer", one for each machine that is not there as it was. Pure. */
export function describeGone(asked: readonly Asked[]): readonly string[] {
  return asked
    .filter(({ standing }) => standing !== "answers")
    .map(({ name, host, port, standing }) => `${name} (${host}${port === 22 ? "" : `:${port}`}) ${standing}`);
}

/**
 * An update asks no machine that the state says is there. Containers and VMs are asked by the program itself (status.sh of their platform) and
 * started again; those elsewhere are asked here, before an update reports a lab that is gone.
 * @throws Problem naming those that are gone, and what to do
 */
export async function refuseGone(stack: string, platform: Platform): Promise<void> {
  if (!isElsewhere(platform) || (ownBackend() && !readStackState(stack)?.resources)) return;
  if (platform === "aws") await refuseEnded(stack);
  const results = await readResults(stack, true);
  // Of a lab that is not complete the update itself tells more.
  if (results.verification === undefined) return;
  const gone = describeGone(await askDoors(platform === "hosts" ? await configuredDoors(stack) : doorsOf(results)));
  if (gone.length > 0) throw new Problem([...gone, remedy(stack, platform)].join("\n"));
}

/** An instance that ended, as after maxHours, is told by EC2 at once; its address may be somebody else's by now. */
async function refuseEnded(stack: string): Promise<void> {
  const pulumi = ownBackend() ? undefined : await (await import("../parts/ensure-pulumi.ts")).ensurePulumi(stack);
  const { instances = [] } = (pulumi === undefined ? readLabState(stack) : await askLabState(pulumi, stack)) ?? {};
  if (instances.length === 0) return;
  const region = configValue(stack, "awsRegion");
  let ended: ReadonlySet<string>;
  try {
    const [{ ensureAwsPackage }, { endedAmong, openAccount }] = await Promise.all([
      import("../parts/aws.ts"),
      import("../../platforms/aws/account.ts"),
    ]);
    await ensureAwsPackage();
    const ec2 = await openAccount(region);
    ended = await endedAmong(
      ec2,
      instances.map(({ id }) => id),
    );
  } catch (error) {
    const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
    say(`EC2 could not be asked whether the lab's instances still run (${reason}); their doors are asked.`);
    return;
  }
  const gone = instances
    .filter(({ id }) => ended.has(id))
    .map(({ name, id }) => `${name} (${id} in ${region}) has ended`);
  if (gone.length > 0) throw new Problem([...gone, remedy(stack, "aws")].join("\n"));
}

/** The hosts as the config has them now: one that was set up anew has another key there than in the outputs. */
async function configuredDoors(stack: string): Promise<readonly Door[]> {
  const platform = (await readSettings(stack))?.platform;
  if (platform?.kind !== "hosts") return [];
  return platform.hosts.map(({ name, address, port, hostKey }) => ({ name, host: address, port, hostKey }));
}

function remedy(stack: string, platform: Platform): string {
  const lab = flag(stack);
  return platform === "aws"
    ? `Nothing was changed. If it ended by itself after maxHours: ./lab destroy${lab}, then ./lab up${lab}. ` +
        "If it runs, look whether your own address is still in awsAllowFrom."
    : `Nothing was changed. Start it and run this again; if it is gone for good, take it out of hosts in Pulumi.${stack}.yaml, ` +
        "and set PODNET_ABANDON to its name.";
}

/** What a reader of the outputs must know about the machines now, one sentence each; empty where nothing has changed since. */
export async function caveats(stack: string, results: Results): Promise<readonly string[]> {
  const { verification, nodes = [] } = results;
  if (nodes.length === 0) return [];
  // Frozen machines would take the connections and never answer.
  const paused = describePause(stack);
  if (paused !== undefined)
    return [`${paused}${verification === undefined ? "" : `; what the outputs say was found at ${verification.at}`}`];
  const platform = platformOf(stack);
  // Elsewhere an address may be somebody else's by now, which the key tells; on this machine the ports are the lab's.
  const shown = isElsewhere(platform) ? await readResults(stack, true) : results;
  const [doors, starts] = await Promise.all([askDoors(doorsOf(shown)), lastStarts(stack, platform, nodes)]);
  const at = verification?.at;
  const since = at === undefined ? "" : `; what the outputs say of it was found at ${at}`;
  const silent = new Set(doors.filter(({ standing }) => standing !== "answers").map(({ name }) => name));
  const restarted = at === undefined ? [] : startedAfter(starts, at).filter((name) => !silent.has(name));
  return [
    ...describeGone(doors).map((text) => `${text}${since}`),
    ...restarted.map((name) => `${name} was started again after ${at ?? ""}, when the claims were checked`),
    ...(silent.size + restarted.length > 0
      ? [
          // The lab starts no machine that is not its own.
          isElsewhere(platform)
            ? `./lab up${flag(stack)} says what can be done, and changes nothing while a machine does not answer`
            : `./lab up${flag(stack)} mends that, ./lab verify${flag(stack)} looks again`,
        ]
      : []),
  ];
}

/** Names of machines whose last start is later than the checks. Pure. */
export function startedAfter(starts: Readonly<Record<string, string>>, at: string): readonly string[] {
  return Object.entries(starts)
    .filter(([, moment]) => Date.parse(moment) > Date.parse(at))
    .map(([name]) => name);
}

/** By node, as the program itself asks; nothing where that cannot be asked. */
async function lastStarts(
  stack: string,
  platform: Platform,
  nodes: readonly { readonly name: string }[],
): Promise<Record<string, string>> {
  const lab = readLabState(stack)?.id;
  if (lab === undefined || isElsewhere(platform)) return {};
  const { succeeded, stdout } = await answerOf(join(checkout, "platforms", platform, "status.sh"), [], {
    env: {
      ...process.env,
      STACK: lab.slice(0, lab.lastIndexOf("-")),
      LAB: lab,
      NODES: nodes.map(({ name }) => name).join(" "),
    },
  });
  return succeeded ? (JSON.parse(stdout) as Record<string, string>) : {};
}
