/**
 * Looks at all hosts before anything is changed on any; every problem of all of them in one go.
 *
 * Environment: LAB, POD_CIDR, SERVICE_CIDR. Standard input: the hosts (access.ts), as a list.
 */
import { main } from "../../bundle/program.ts";
import { type HostAccess, nameOf, readHosts } from "./access.ts";
import { parseFacts } from "./facts.ts";
import { brought } from "./brings.ts";
import { type Plan, problemsBetween, problemsOf, type Seen } from "./judge.ts";
import { scriptFor } from "./scripts.ts";
import { connect, run } from "./ssh.ts";

async function look(host: HostAccess, hosts: readonly HostAccess[]): Promise<Seen> {
  const client = await connect(host);
  try {
    const peers = hosts
      .filter((other) => other !== host)
      .map(({ privateAddress, port }) => `${privateAddress}:${port}`);
    const params = { BRINGS: brought.join(" "), PEERS: peers.join(" ") };
    const { code, stdout, stderr } = await run(client, scriptFor(host, "host/preflight", { params }));
    if (code === 0) return { host, facts: parseFacts(stdout) };
    const sudo = /^sudo:/m.test(stderr) || (host.user !== "root" && code === 127);
    throw new Error(
      sudo
        ? `${nameOf(host)} does not let user "${host.user}" use sudo without a password; on it: echo '${host.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${host.user}, or log in as root`
        : `${nameOf(host)} cannot be looked at: ${stderr.trim() || `exit code ${code}`}`,
    );
  } finally {
    client.end();
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main(import.meta, async () => {
  const { LAB: lab = "", POD_CIDR: podCidr = "", SERVICE_CIDR: serviceCidr = "" } = process.env;
  const plan: Plan = { lab, podCidr, serviceCidr };
  const hosts = await readHosts();
  const results = await Promise.allSettled(hosts.map((host) => look(host, hosts)));
  const seen = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const problems = [
    ...results.flatMap((result) => (result.status === "rejected" ? [reason(result.reason)] : [])),
    ...seen.flatMap((one) => problemsOf(one, plan).map((text) => `${nameOf(one.host as HostAccess)} ${text}`)),
    ...problemsBetween(seen),
  ];
  if (problems.length > 0) {
    throw new Error(
      ["hosts cannot be used as they are; nothing was changed on any:", ...problems.map((text) => `  - ${text}`)].join(
        "\n",
      ),
    );
  }
});
