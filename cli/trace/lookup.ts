import type { PodFacts } from "../../evidence/facts.ts";
import { outputOf } from "../../evidence/observation.ts";
import { parseLookup, parseResolvConf, saysNoSuchName } from "../../evidence/parse/dns.ts";
import { parseSections } from "../../evidence/parse/sections.ts";
import type { Node } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";
import type { Run } from "./door.ts";
import { observe, words } from "./follow.ts";

/** One question. */
interface Asked {
  readonly name: string;
  /** Who was asked, where it was another one than the others were. */
  readonly server?: string;
  readonly addresses: readonly string[];
  /** Whether an answer came, if only that there is no such name. */
  readonly answered: boolean;
}

/** What became of a name. */
export interface Lookup {
  readonly host: string;
  /** Address of whom the pod asks. */
  readonly server: string;
  /** In order. */
  readonly asked: readonly Asked[];
  readonly address?: string;
}

/**
 * Looks a name up as the pod would, or as a process of the node would: then the cluster's DNS is asked too, where the node's own resolver does not know it.
 * @throws Problem when the pod is not on its node
 */
export async function lookUp(run: Run, node: Node, from: PodFacts, host: string, ofNode?: string): Promise<Lookup> {
  const report = await observe(run, node, "observe/lookup", {
    params:
      ofNode === undefined
        ? { PODS: words([from]), FROM: from.name, HOST: host }
        : { PODS: "", FROM: "", HOST: host, DNS_ADDRESS: ofNode },
  });
  const found = report.observations.find(({ id }) => id === "lookup");
  if (found === undefined) throw new Problem(`${from.name} does not run on ${node.name}: no name was looked up`);
  return readLookup(host, outputOf(report, "resolv-conf"), found.output);
}

/** Pure. */
export function readLookup(host: string, resolvConf: string, output: string): Lookup {
  const asked = [...parseSections(output).named].map(([heading, text]) => {
    const [name = "", server] = heading.split(" at ");
    return {
      name: name.replace(/\.$/, ""),
      ...(server !== undefined && { server }),
      addresses: parseLookup(text),
      answered: saysNoSuchName(text) || parseLookup(text).length > 0,
    };
  });
  const address = asked.findLast(({ addresses }) => addresses.length > 0)?.addresses[0];
  return {
    host,
    server: parseResolvConf(resolvConf).nameservers[0] ?? "nobody",
    asked,
    ...(address !== undefined && { address }),
  };
}
