/**
 * Gives a host what it is to be made of. By release the host itself fetches it, as its makers publish it; from source it is sent a bundle
 * that is made here. "auto" asks the host whether it reaches what it would fetch from: one that does not is sent a bundle, made as "auto" makes
 * it on this machine. What the host has already it is not given again.
 *
 * Environment: ARCH; ARTIFACTS, MIRRORS (JSON) and KUBERNETES, as the config keys. Standard input: the host (access.ts).
 * Prints what the host has got (content.ts).
 */
import { main } from "../../bundle/program.ts";
import type { Client } from "ssh2";
import { ensureBundle } from "../../bundle/build.ts";
import { choiceOfEnvironment } from "../../bundle/choice.ts";
import { bundleSubject, decide } from "../../bundle/decide.ts";
import { fetchedKey, fetchParams, programPackages } from "../../bundle/release/plan.ts";
import { reachParams } from "../../bundle/release/probe.ts";
import type { Arch } from "../../bundle/versions.ts";
import { type HostAccess, nameOf, readHost } from "./access.ts";
import type { Supplied } from "./content.ts";
import { partsFor } from "./parts.ts";
import { scriptFor } from "./scripts.ts";
import { ship } from "./ship.ts";
import { connect, run } from "./ssh.ts";
import { staged } from "./staged.ts";

const { ARCH } = process.env;
const choice = choiceOfEnvironment();
/** A folder for each content: what is left of one is not taken for a part of another. */
const stageFor = (key: string): string => `/var/lib/podnet/stage/${key}`;

/** Lets the host fetch by itself; undefined where it cannot, and need not. */
async function fetched(client: Client, host: HostAccess, arch: Arch): Promise<Supplied | undefined> {
  if (choice.way === "source") return undefined;
  const key = fetchedKey(arch, choice);
  const stage = stageFor(key);
  const result = { key, stage, pulls: true };
  if ((await staged(client, host, { STAGE: stage, KEY: key })) === "installed") return result;
  const without = (why: string): undefined =>
    void process.stderr.write(`${host.name} is sent a bundle: from there, ${why}\n`);
  if (choice.way === "auto") {
    const { code, stdout, stderr } = await run(
      client,
      scriptFor(host, "host/reach", { params: reachParams(programPackages(arch, choice), choice.mirrors) }),
    );
    if (code !== 0) throw new Error(`${nameOf(host)} does not say what it reaches: ${stderr.trim() || lost(code)}`);
    if (stdout !== "") return without(stdout.split("\n")[0] ?? "");
  }
  const { code, stderr } = await run(
    client,
    scriptFor(host, "host/fetch", { params: fetchParams(arch, choice, stage) }),
    {
      show: host.name,
    },
  );
  if (code === 0) return result;
  const words = stderr.trim().split("\n");
  if (code === 3 && choice.way === "auto") return without(`a release cannot be had after all: ${words.at(-1)}`);
  const told = {
    3: [
      words.at(-1),
      "mirrors names other places to take it from; artifacts: auto or source sends the host all it needs from this machine",
    ],
    4: words.slice(-4), // which file, from where, and both sums
  }[code ?? -1] ?? [words.at(-1) || lost(code)];
  throw new Error(`${nameOf(host)} has not fetched what it is to be made of: ${told.join("\n")}`);
}

const lost = (code: number | undefined): string => `exit code ${code ?? "unknown, the connection was lost"}`;

async function sent(client: Client, host: HostAccess, arch: Arch): Promise<Supplied> {
  const { dir, key, manifest } = await ensureBundle(await decide(bundleSubject(choice, arch), choice), {
    arch,
    forHosts: true,
  });
  await ship(client, host, { dir, key, stage: stageFor(key), parts: partsFor(manifest, host.role) });
  return { key, stage: stageFor(key), pulls: false };
}

await main(import.meta, async () => {
  if (ARCH !== "amd64" && ARCH !== "arm64") throw new Error(`a host is amd64 or arm64; this one is ${ARCH}`);
  const host = await readHost();
  const client = await connect(host);
  try {
    console.log(JSON.stringify((await fetched(client, host, ARCH)) ?? (await sent(client, host, ARCH))));
  } finally {
    client.end();
  }
});
