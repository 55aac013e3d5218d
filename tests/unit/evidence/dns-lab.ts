// The lesson about names as a real lab saw it: its transcripts, and what the judge is given of them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PodFacts } from "../../../evidence/facts.ts";
import type { DnsEvidence } from "../../../evidence/judge/cluster-dns.ts";
import { type Observations, observationsJson } from "../../../evidence/observation.ts";

const folder = join(import.meta.dirname, "../../transcripts/cluster-dns");
const read = (name: string): Observations =>
  observationsJson.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
const { pods, ...facts } = JSON.parse(readFileSync(join(folder, "facts.json"), "utf8")) as Pick<
  DnsEvidence,
  "nodes" | "serviceAddress"
> & { readonly pods: readonly PodFacts[] };
const [client, ...backends] = pods;
export const soundDns: DnsEvidence = {
  scenario: "cluster-dns",
  client: client!,
  backends,
  ...facts,
  apiAddress: "10.96.0.1",
  dnsAddress: "10.96.0.10",
  cluster: read("server"),
  reports: facts.nodes.map(({ name }) => read(name)),
};
