// Proves that the published schema is the contract's, and what becomes of outputs that an older version of the lab wrote. That a real lab keeps
// the contract, tests/live sees.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parseResults } from "../../cli/stack/results.ts";
import { usable } from "../../cli/verbs/report.ts";
import { renderResults } from "../../cli/view/summary.ts";
import { outputs, schemaText } from "../../components/outputs.ts";
import { contract } from "../live/contract.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
/** As JSON has it: any field may be changed or missing. */
type Loose = Record<string, unknown>;
interface Raw extends Loose {
  readonly scenarios: Record<string, { readonly claims: (Loose & { readonly about: Loose })[] }>;
}
const transcript = (): Raw => JSON.parse(read("tests/transcripts/report/outputs.json")) as Raw;
/** With what the transcript does not have. */
const whole = (): Raw => ({
  ...transcript(),
  network: { backend: "vxlan" },
  faults: [],
  kubeconfig: "apiVersion: v1\n",
  access: { privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\n", knownHosts: "" },
  captures: { "pod-to-pod-single-node": "AAAA", "pod-to-pod-multi-node": "AAAA" },
  cost: { perHour: 0, machines: {}, volumesAndAddresses: 0, prices: "none" },
});

test("docs/outputs.schema.json is that of components/outputs.ts; npm run schema writes it", (t) => {
  t.is(read("docs/outputs.schema.json"), schemaText());
});

test("a real lab's outputs fit the contract, with secrets and without", (t) => {
  t.true(outputs.safeParse(whole()).success);
  t.true(outputs.safeParse({ ...whole(), access: "[secret]", kubeconfig: "[secret]" }).success);
});

test("the live tests' contract takes the same outputs, and nothing that nobody promised", (t) => {
  t.true(contract.safeParse(whole()).success);
  t.false(contract.safeParse({ ...whole(), more: 1 }).success);
  for (const change of [
    (claim: Raw["scenarios"][string]["claims"][number]) => (claim["more"] = 1),
    (claim: Raw["scenarios"][string]["claims"][number]) => (claim.about["more"] = 1),
    (claim: Raw["scenarios"][string]["claims"][number]) => (claim["kind"] = "unheard-of"),
    (claim: Raw["scenarios"][string]["claims"][number]) => delete (claim as Loose)["about"],
    (claim: Raw["scenarios"][string]["claims"][number]) => delete claim["at"],
  ]) {
    const changed = whole();
    change(changed.scenarios["container-to-container"]!.claims[0]!);
    t.false(contract.safeParse(changed).success, String(change));
  }
});

/** As written by a version whose claims had no kinds. */
function older(): Raw {
  const all = whole();
  for (const { claims } of Object.values(all.scenarios)) {
    for (const claim of claims) {
      delete claim["kind"];
      delete (claim as Loose)["about"];
    }
  }
  return all;
}

test("./lab shows an older lab's nodes and claims; its report says which command writes the outputs again", (t) => {
  t.deepEqual(renderResults(parseResults(older())), renderResults(parseResults(whole())));
  t.throws(() => usable("x", older()), { message: /do not fit this version; \.\/lab verify -s x writes them again/ });
});
