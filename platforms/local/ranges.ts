/**
 * Whether the machines' network is free on this host, asked before it is made.
 *
 *   node platforms/local/ranges.ts     prints the problems, a line each. Environment: CIDR; CIDR6, its IPv6 range, may be absent; and NETWORK and
 *                                      BRIDGE, the names of the lab's own network and of its interface
 */
import { execFileSync, spawnSync } from "node:child_process";
import { main } from "../../bundle/program.ts";
import { installBy } from "../../bundle/tools.ts";
import { overlap } from "../../evidence/cidr.ts";
import { parseRoutes } from "../routes.ts";

const { CIDR = "", CIDR6 = "", NETWORK = "", BRIDGE = "" } = process.env;
const remedy = "set machineCidr to a free range, such as 172.28.57.0/24";

/** What the network will have, with what the user sees of it: the IPv6 range follows from machineCidr. */
const wanted = [
  { range: CIDR, called: `machineCidr ${CIDR}`, routes: ["-4", "route", "show"] },
  ...(CIDR6 === ""
    ? []
    : [{ range: CIDR6, called: `the IPv6 range ${CIDR6} of machineCidr ${CIDR}`, routes: ["-6", "route", "show"] }]),
];

/** @throws Error naming the package where the program is missing, and with what it said where it fails */
function ask(program: string, ...args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(`the program "${program}" is missing; install it: ${installBy("iproute2")}`, { cause: error });
  }
}

/** Another lab's network may go between the two questions: what the engine still knows of is told all the same, and is all that counts. */
function networksOf(ids: readonly string[]): string[] {
  const format = "{{.Name}} {{range .IPAM.Config}}{{.Subnet}} {{end}}";
  const { stdout } = spawnSync("docker", ["network", "inspect", "--format", format, ...ids], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean);
}

function networks(): string[] {
  return networksOf(ask("docker", "network", "ls", "--quiet").split("\n").filter(Boolean))
    .map((line) => line.trim().split(/\s+/))
    .filter(([name]) => name !== NETWORK)
    .flatMap(([name = "", ...subnets]) =>
      subnets.flatMap((subnet) =>
        wanted
          .filter(({ range }) => overlap(range, subnet))
          .map(
            ({ called }) =>
              `${called} overlaps ${subnet} of the docker network "${name}"; ${remedy}, or remove that network`,
          ),
      ),
    );
}

/** The bridges of docker's networks have been looked at above; what else the host routes must stay reachable. */
function routes(): string[] {
  return wanted.flatMap(({ range, called, routes: question }) =>
    parseRoutes(ask("ip", ...question))
      .filter(({ device }) => device !== BRIDGE && !/^(docker0$|br-|podnet-)/.test(device))
      .filter(({ destination }) => overlap(range, destination))
      .map(
        ({ destination, device }) =>
          `${called} overlaps the host's route to ${destination}${device === "" ? "" : ` by ${device}`}; ${remedy}`,
      ),
  );
}

await main(import.meta, async () => {
  for (const problem of [...networks(), ...routes()]) console.log(problem);
});
