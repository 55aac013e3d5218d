import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backendOf, carriedByVxlan, carrierIn } from "../../evidence/backends.ts";
import { wiresharkHint } from "../../evidence/journey/pcapng.ts";
import { Problem } from "../view/problem.ts";
import { flag, readResults } from "../stack/results.ts";
import { say } from "../view/say.ts";

/** `./lab captures`: what was captured of each scenario's packet, as a file that Wireshark opens. */
export async function captures({
  stack,
  directory,
}: {
  readonly stack: string;
  readonly directory: string;
}): Promise<void> {
  const { captures: all = {}, network } = await readResults(stack);
  const found = Object.entries(all).filter(([, file]) => file !== "");
  if (found.length === 0) throw new Problem(`lab "${stack}" has no captures; ./lab up${flag(stack)} makes them`);
  mkdirSync(directory, { recursive: true });
  for (const [scenario, base64] of found) {
    const file = join(directory, `${scenario}.pcapng`);
    writeFileSync(file, Buffer.from(base64, "base64"));
    process.stdout.write(`${file}\n`);
  }
  const backend = backendOf(carrierIn(network));
  if (carriedByVxlan(backend) && wiresharkHint(backend.port) !== undefined)
    say(`In Wireshark: Analyze, Decode As, UDP port ${backend.port}, VXLAN (it takes the port for another protocol)`);
}
