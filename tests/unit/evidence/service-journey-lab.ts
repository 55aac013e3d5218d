// A connection through a Service as a real lab of two nodes captured it, and what the judge is given of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ServiceJourneyEvidence } from "../../../evidence/judge/service-journey.ts";
import { observationsJson } from "../../../evidence/observation.ts";

const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../../transcripts/service-journey", `${name}.json`), "utf8"));
const pod = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  node: z.string(),
  ip: z.string(),
  containers: z.array(z.string()),
});
const facts = z.object({
  client: pod,
  far: pod,
  clusterIp: z.string(),
  firstPort: z.int(),
  nodes: z.array(z.object({ name: z.string(), address: z.string() })),
});

const { nodes, ...known } = facts.parse(read("facts"));
export const journeyNodes = nodes;
export const soundPassage: ServiceJourneyEvidence = {
  scenario: "service",
  ...known,
  probe: observationsJson.parse(read("probe")),
  captures: [observationsJson.parse(read("sender")), observationsJson.parse(read("receiver"))],
};
