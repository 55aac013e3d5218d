/**
 * One host, from the lab's first word to its last.
 *
 *   node platforms/hosts/host.ts claim    takes the host for the lab and notes how it was found; prints {"id", "arch"}, and with both
 *                                         address families {"address6"}
 *   node platforms/hosts/host.ts reset    makes it what it was
 *
 * Environment: LAB, the lab's own id; IP_FAMILY, "dual" where the lab has both address families; PODNET_ABANDON, names of hosts, separated by commas, that are gone and must not be reset.
 * Standard input: the host (access.ts).
 */
import { main } from "../../bundle/program.ts";
import { quote, readScript } from "../../nodes/script.ts";
import { type HostAccess, readHost } from "./access.ts";
import { nameOf, Stranger, Unreachable, withSession, wordsOf } from "./ssh.ts";

const lab = process.env["LAB"] ?? "";
if (lab === "") throw new Error("LAB is missing");
const params = { LAB: lab };
const dual = process.env["IP_FAMILY"] === "dual";

async function claim(host: HostAccess): Promise<string> {
  const ended = await withSession(host, (session) =>
    session.run(
      "host/claim",
      { params: { ...params, ...(dual && { BESIDE: host.privateAddress }) }, stdin: resetFile() },
      { patience: 120 },
    ),
  );
  if (ended.code !== 0) throw new Error(`${nameOf(host)} cannot be claimed: ${wordsOf(ended)}`);
  return ended.stdout.trim();
}

/** The reset as a file that can be run on the host by hand, without anything else. */
function resetFile(): string {
  const why = "# Takes a pod networking lab away from this machine and leaves what was here before. Run as root.";
  return ["#!/usr/bin/env bash", why, "set -euo pipefail", `LAB=${quote(lab)}`, readScript("host/reset"), ""].join(
    "\n",
  );
}

async function reset(host: HostAccess): Promise<void> {
  const abandoned = (process.env["PODNET_ABANDON"] ?? "").split(",").map((name) => name.trim());
  if (abandoned.includes(host.name)) {
    process.stderr.write(
      `${nameOf(host)} is abandoned: what the lab brought is still there; bash /var/lib/podnet/reset.sh takes it away\n`,
    );
    return;
  }
  try {
    const ended = await withSession(host, (session) => session.run("host/reset", { params }, { show: true }));
    if (ended.code === 0) return;
    throw new Error(
      `${nameOf(host)} is not reset: ${wordsOf(ended).split("\n").at(-1)}; look there, then destroy again: it goes on where it stopped`,
    );
  } catch (error) {
    throw notReset(host, error);
  }
}

/** A reset goes to the host as the lab knew it: what the config says by now about its key does not help. */
function notReset({ name }: HostAccess, error: unknown): unknown {
  const abandon = `PODNET_ABANDON=${name} ./lab`;
  if (error instanceof Unreachable) {
    return new Error(
      `${error.message}\nIt cannot be reset. Start it and destroy again; if it is gone for good: ${abandon} destroy`,
    );
  }
  if (error instanceof Stranger) {
    return new Error(
      `${error.fact}\nIt cannot be reset under the key that the lab knew. If it was set up anew, nothing of the lab is on it: ` +
        `${abandon} up (or destroy) forgets what was there; if not, find out who answers`,
    );
  }
  return error;
}

await main(import.meta, async () => {
  const [verb] = process.argv.slice(2);
  switch (verb) {
    case "claim":
      return void process.stdout.write(`${await claim(await readHost())}\n`);
    case "reset":
      return reset(await readHost());
    default:
      throw new Error(`host.ts: unknown verb "${verb}"; write claim or reset`);
  }
});
