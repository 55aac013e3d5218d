/**
 * Gives a host what it is to be made of. By release the host itself fetches it, as its makers publish it; from source it is sent a bundle
 * that is made here. "auto" asks the host whether it reaches what it would fetch from: one that does not is sent a bundle, made as "auto" makes
 * it on this machine. What the host has already it is not given again.
 *
 * Environment: ARCH; ARTIFACTS, MIRRORS (JSON) and KUBERNETES, as the config keys. Standard input: the host (access.ts).
 * Prints what the host has got (content.ts).
 */
import { ensureBundle } from "../../bundle/build.ts";
import { choiceOfEnvironment } from "../../bundle/choice.ts";
import { bundleSubject, decide } from "../../bundle/decide.ts";
import { main } from "../../bundle/program.ts";
import { fetchedKey, fetchParams, programPackages } from "../../bundle/release/plan.ts";
import { reachParams } from "../../bundle/release/probe.ts";
import type { Arch } from "../../bundle/versions.ts";
import { fetchExits } from "../../nodes/script.ts";
import { type HostAccess, readHost } from "./access.ts";
import { contentKeys, type Supplied } from "./content.ts";
import { filesFor, ship, staged } from "./ship.ts";
import { nameOf, type Session, withSession, wordsOf } from "./ssh.ts";

const { ARCH } = process.env;
const choice = choiceOfEnvironment();
/** A folder for each content: what is left of one is not taken for a part of another. */
const stageFor = (key: string): string => `/var/lib/podnet/stage/${key}`;

/** The content that the host already has, if it is one of those that will do. */
async function kept(session: Session, arch: Arch): Promise<Supplied | undefined> {
  const keys = contentKeys(choice, arch);
  const there = await staged(session, stageFor(keys[0] ?? ""), keys);
  if (!("installed" in there)) return undefined;
  const { installed: key } = there;
  return { key, stage: stageFor(key), pulls: key === fetchedKey(arch, choice) };
}

/** Lets the host fetch by itself; undefined where it cannot, and need not. */
async function fetched(session: Session, arch: Arch): Promise<Supplied | undefined> {
  if (choice.way === "source") return undefined;
  const { door } = session;
  const key = fetchedKey(arch, choice);
  const stage = stageFor(key);
  const without = (why: string): undefined =>
    void process.stderr.write(`${door.name} is sent a bundle: from there, ${why}\n`);
  if (choice.way === "auto") {
    const ended = await session.run("host/reach", {
      params: reachParams(programPackages(arch, choice), choice.mirrors),
    });
    if (ended.code !== 0) throw new Error(`${nameOf(door)} does not say what it reaches: ${wordsOf(ended)}`);
    if (ended.stdout !== "") return without(ended.stdout.split("\n")[0] ?? "");
  }
  const ended = await session.run("host/fetch", { params: fetchParams(arch, choice, stage) }, { show: true });
  if (ended.code === 0) return { key, stage, pulls: true };
  const words = wordsOf(ended).split("\n");
  const last = words.at(-1) ?? "";
  const failed = (why: string): Error => new Error(`${nameOf(door)} could not fetch its programs: ${why}`);
  switch (ended.code) {
    case fetchExits.cannotBeHad:
      if (choice.way === "auto") return without(`a release cannot be had after all: ${last}`);
      throw failed(
        `${last}\nmirrors names other places to take it from; artifacts: auto or source sends the host all it needs from this machine`,
      );
    case fetchExits.notAsPublished:
      // Which file, from where, and both sums.
      throw failed(words.slice(-4).join("\n"));
    default:
      throw failed(last);
  }
}

async function sent(session: Session, { role }: HostAccess, arch: Arch): Promise<Supplied> {
  const { dir, key, manifest } = await ensureBundle(await decide(bundleSubject(choice, arch), choice), {
    arch,
    forHosts: true,
  });
  await ship(session, { dir, key, stage: stageFor(key), files: filesFor(manifest, role) });
  return { key, stage: stageFor(key), pulls: false };
}

await main(import.meta, async () => {
  if (ARCH !== "amd64" && ARCH !== "arm64") throw new Error(`a host is amd64 or arm64; this one is ${ARCH}`);
  const arch: Arch = ARCH;
  const host = await readHost();
  await withSession(host, async (session) => {
    const supplied = (await kept(session, arch)) ?? (await fetched(session, arch)) ?? (await sent(session, host, arch));
    console.log(JSON.stringify(supplied));
  });
});
