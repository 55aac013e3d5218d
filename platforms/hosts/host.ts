/**
 * One host, from the lab's first word to its last.
 *
 *   node platforms/hosts/host.ts claim    takes the host for the lab and notes how it was found; prints {"id", "arch"}
 *   node platforms/hosts/host.ts reset    makes it what it was
 *
 * Environment: LAB, the lab's own id; PODNET_ABANDON, names of hosts, separated by commas, that are gone and shall not be reset.
 * Standard input: the host (access.ts).
 */
import { main } from "../../bundle/program.ts";
import { type HostAccess, nameOf, readHost } from "./access.ts";
import { resetFile, scriptFor } from "./scripts.ts";
import { connect, run, Unreachable } from "./ssh.ts";

const lab = process.env["LAB"] ?? "";
if (lab === "") throw new Error("LAB is missing");

async function claim(host: HostAccess): Promise<string> {
  const client = await connect(host);
  try {
    const { code, stdout, stderr } = await run(
      client,
      scriptFor(host, "host/claim", { params: { LAB: lab }, stdin: resetFile(lab) }),
    );
    if (code !== 0) throw new Error(`${nameOf(host)} cannot be claimed: ${stderr.trim() || `exit code ${code}`}`);
    return stdout.trim();
  } finally {
    client.end();
  }
}

async function reset(host: HostAccess): Promise<void> {
  const abandoned = (process.env["PODNET_ABANDON"] ?? "").split(",").map((name) => name.trim());
  if (abandoned.includes(host.name)) {
    process.stderr.write(
      `${nameOf(host)} is abandoned: what the lab brought is still there; bash /var/lib/podnet/reset.sh takes it away\n`,
    );
    return;
  }
  const client = await connect(host).catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error;
    throw new Error(
      `${error.message}\nIt cannot be reset. Start it and destroy again; if it is gone for good: PODNET_ABANDON=${host.name} ./lab destroy`,
    );
  });
  try {
    const { code, stderr } = await run(client, scriptFor(host, "host/reset", { params: { LAB: lab } }), {
      show: host.name,
    });
    if (code !== 0) {
      throw new Error(
        `${nameOf(host)} is not reset: ${stderr.trim().split("\n").at(-1) || `exit code ${code ?? "unknown, the connection was lost"}`}; ` +
          `look there, then destroy again: it goes on where it stopped`,
      );
    }
  } finally {
    client.end();
  }
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
