// Proves that a lab that an older commit has brought up is taken over by the present one: no machine, cluster or pod is lost, what changes is said, every claim
// holds afterwards, and what is then destroyed is gone. PODNET_UPGRADE_FROM names another commit. It does not prove that older Pulumi programs still run.
import test from "ava";
import { z } from "zod";
import { run } from "../live/lab.ts";
import { Checkout, heldOf } from "./checkout.ts";
import { noted } from "./results.ts";

/** The last commit of a day whose labs people have. */
const from = process.env["PODNET_UPGRADE_FROM"] ?? "2fdeaac";
const checkout = new Checkout("life-upgrade");
const stack = "lifeold";
const lab = async (...words: readonly string[]): Promise<number | null> => await checkout.lab(stack, ...words);
const outputs = z.object({
  podIPs: z.record(z.string(), z.record(z.string(), z.string())),
  scenarios: z.record(z.string(), z.object({ claims: z.array(z.object({ id: z.string(), ok: z.boolean() })) })),
});

test.before(async (t) => {
  t.timeout(20 * 60_000);
  checkout.sweep();
  checkout.fill(from);
  checkout.configure(stack, { workers: 1, machineCidr: "172.28.75.0/24", portBase: 27510 });
  t.is(await lab("up"), 0, checkout.lastWords(stack));
});
test.after.always(async () => {
  await lab("destroy", "--remove");
});

/** What would be another one if it had been made anew. */
const identities = (): readonly string[] => [
  run("docker", "ps", "--no-trunc", `--filter=label=pod-networking-lab.stack=${stack}`, "--format={{.Names}} {{.ID}}"),
  run(
    ...(["docker", "exec", `podnet-${stack}-k8s-master`, "bash", "-c"] as const),
    "kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes,namespaces,pods -A -o json | jq -r '.items[] | \"\\(.kind) \\(.metadata.namespace)/\\(.metadata.name) \\(.metadata.uid)\"'",
  ),
];

test.serial(`a lab of ${from} is taken over: nothing is lost, and what changes is said`, async (t) => {
  t.timeout(20 * 60_000);
  const before = identities();
  checkout.fill();
  const length = checkout.said(stack).length;
  await noted({ kind: "other", by: "`./lab up`", what: "a lab of an older commit is taken over" }, async () => {
    t.is(await lab("up"), 0, checkout.lastWords(stack));
  });
  const said = checkout.said(stack).slice(length);
  t.log(/Resources:[\s\S]*?\n\n/.exec(said)?.[0] ?? "no resources");
  t.deepEqual(identities(), before);
  // Replaced would be lost and made anew.
  t.notRegex(said, /^ {4}[+-]{1,2} ?\d+ (replaced|deleted)/m);
  const { scenarios } = outputs.parse(checkout.outputs(stack));
  const claims = Object.values(scenarios).flatMap((one) => one.claims);
  t.true(claims.length > 100);
  t.deepEqual(
    claims.filter(({ ok }) => !ok),
    [],
  );
});

test.serial("once it is taken over, an update has nothing to do, and every check can be made again", async (t) => {
  t.timeout(20 * 60_000);
  const length = checkout.said(stack).length;
  t.is(await lab("up"), 0, checkout.lastWords(stack));
  t.regex(checkout.said(stack).slice(length), /Resources:\s+\d+ unchanged/);
  t.is(await lab("verify"), 0, checkout.lastWords(stack));
});

test.serial("what the older commit made is gone once it is destroyed", async (t) => {
  t.timeout(10 * 60_000);
  t.is(await lab("destroy"), 0, checkout.lastWords(stack));
  t.deepEqual(heldOf(stack), []);
});
