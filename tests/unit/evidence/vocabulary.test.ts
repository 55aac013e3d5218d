// Proves that claims say what they have always said, and that ids, kinds, both languages and both editions of docs/evidence.md are about the
// same kinds. It does not prove that a sentence is true.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { claim as claimSchema, type Claim } from "../../../evidence/claim.ts";
import { judgeBalancers } from "../../../evidence/judge/balancer.ts";
import { judgeDns } from "../../../evidence/judge/cluster-dns.ts";
import { judgeMachines } from "../../../evidence/judge/machines.ts";
import { judgeDiscovery } from "../../../evidence/judge/discovery.ts";
import { judgePolicies } from "../../../evidence/judge/policy.ts";
import { judgeService } from "../../../evidence/judge/service.ts";
import { judgeServiceJourney } from "../../../evidence/judge/service-journey.ts";
import { type ClaimKind, claimKinds } from "../../../evidence/kinds.ts";
import { nextLook, sentence } from "../../../evidence/vocabulary.ts";
import { judgeCarried, readCarried } from "./backends.ts";
import { judge, readLab } from "./lab.ts";
import { soundBalancers } from "./balancer-lab.ts";
import { soundDiscovery } from "./discovery-lab.ts";
import { soundDns } from "./dns-lab.ts";
import { soundPolicies } from "./policy-lab.ts";
import { journeyNodes, soundPassage } from "./service-journey-lab.ts";
import { soundServices } from "./service-lab.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const lab = readLab();
const multi = "pod-to-pod-multi-node";
const podNetwork: readonly Claim[] = [
  ...judge(lab).values(),
  // The transcripts are those of containers, of which these do not hold.
  ...judgeMachines(
    multi,
    lab.facts.nodes,
    lab.facts.nodes.map(({ name }) => lab.reports[`overlay-${name}`]!),
  ),
];
const claims: readonly Claim[] = [
  ...podNetwork,
  ...judgeService(soundServices),
  judgeServiceJourney(soundPassage, journeyNodes),
  ...judgeDns(soundDns),
  ...judgeCarried(readCarried("host-gw")).values(),
  ...judgeCarried(readCarried("ipip")).values(),
  ...judgeCarried(readCarried("wireguard")).values(),
  ...judgePolicies(soundPolicies),
  ...judgeDiscovery(soundDiscovery),
  ...judgeBalancers(soundBalancers),
];

test("ids, sentences, expectations and observations are, word for word, those that were agreed on", (t) => {
  const said = podNetwork.map(({ id, node, claim, expected, observed, ok }) => ({
    id,
    node,
    claim,
    expected,
    observed,
    ok,
  }));
  t.deepEqual(said, JSON.parse(read("tests/transcripts/lab/claims.json")));
});

test("every kind is claimed, and an id is its scenario, its kind, and who it is about", (t) => {
  t.deepEqual([...new Set(claims.map(({ kind }) => kind))].sort(), [...claimKinds].sort());
  for (const { id, kind } of claims) t.regex(id, new RegExp(`^[a-z-]+/${kind}(/[a-z0-9-]+)*$`));
});

test("a claim is read back from the outputs as it was written, and not without what it is about", (t) => {
  for (const claim of claims) t.deepEqual(claimSchema.parse(JSON.parse(JSON.stringify(claim))), claim);
  for (const { kind: _, ...older } of claims) t.false(claimSchema.safeParse(older).success);
  for (const claim of claims.filter(({ about }) => Object.keys(about).length > 0))
    t.false(claimSchema.safeParse({ ...claim, about: {} }).success, claim.id);
});

test("every claim has its sentence and its next look in Chinese too", (t) => {
  const han = /\p{Script=Han}/u;
  for (const claim of claims) {
    t.is(sentence(claim, "en"), claim.claim);
    t.false(han.test(nextLook(claim, "en")), claim.id);
    for (const text of [sentence(claim, "zh"), nextLook(claim, "zh")]) {
      t.regex(text, han, claim.id);
      t.notRegex(text, /undefined/, claim.id);
    }
  }
});

/** Kinds by the heading that they stand under: the first code spans of each table row. */
function documented(file: string): Map<string, Set<ClaimKind>> {
  const found = new Map<string, Set<ClaimKind>>();
  let heading = "";
  for (const line of read(file).split("\n")) {
    heading = /^## ([a-z-]+)[:：]/.exec(line)?.[1] ?? (line.startsWith("## ") ? "across" : heading);
    const cell = /^\| (`[^|]*) \|/.exec(line)?.[1];
    if (heading === "" || cell === undefined) continue;
    for (const [, span = ""] of cell.matchAll(/`([^`]+)`/g)) {
      // `reach/POD/icmp`, `tcp`, `udp`: the last two are the same kind.
      if (span === "tcp" || span === "udp") continue;
      const kind = claimKinds.find((one) => span === one || new RegExp(`^${one}/[A-Z]`).test(span));
      if (kind === undefined) throw new Error(`${file} documents "${span}", which is no kind of claim`);
      found.set(heading, (found.get(heading) ?? new Set()).add(kind));
    }
  }
  return found;
}

for (const file of ["docs/evidence.md", "docs/evidence.zh-CN.md"]) {
  test(`${file} has a row for every kind of claim, under its scenario, and none for another`, (t) => {
    const rows = documented(file);
    const across = new Set<ClaimKind>(["reach", "dns", "outside-name"]);
    const expected = new Map<string, Set<ClaimKind>>([["across", across]]);
    for (const { id, kind } of claims) {
      const scenario = id.split("/")[0]!;
      if (!across.has(kind)) expected.set(scenario, (expected.get(scenario) ?? new Set()).add(kind));
    }
    t.deepEqual([...rows.keys()].sort(), [...expected.keys()].sort());
    for (const [scenario, kinds] of expected) t.deepEqual([...rows.get(scenario)!].sort(), [...kinds].sort(), scenario);
  });
}
