// Proves that three labs live side by side on one engine, updated at the same time, one destroyed while another comes up, and that two people at one stack
// are told of each other. It does not prove that a smaller machine has room for three.
import { globSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { Checkout, heldOf } from "./checkout.ts";
import { noted } from "./results.ts";

const checkout = new Checkout("life-side");
const stacks = ["lifeone", "lifetwo", "lifethree"] as const;
const [one, two, three] = stacks;

test.before(() => {
  checkout.sweep();
  checkout.fill();
  for (const [index, stack] of stacks.entries())
    checkout.configure(stack, {
      workers: 1,
      machineCidr: `172.28.${76 + index}.0/24`,
      portBase: 27610 + 100 * index,
    });
});
test.after.always(async () => {
  for (const stack of stacks) await checkout.lab(stack, "destroy", "--remove");
});

/** Each verb on its stack, at the same time. */
async function together(
  t: ExecutionContext,
  what: string,
  verbs: Readonly<Partial<Record<(typeof stacks)[number], string>>>,
): Promise<void> {
  const by = [...new Set(Object.values(verbs))].map((verb) => `\`./lab ${verb}\``).join(", ");
  await noted({ kind: "other", what, by }, async () => {
    await Promise.all(
      Object.entries(verbs).map(async ([stack, verb]) => {
        t.is(await checkout.lab(stack, verb), 0, `${verb} of ${stack}: ${checkout.lastWords(stack)}`);
      }),
    );
  });
}

test.serial("three labs come up at the same time", async (t) => {
  t.timeout(25 * 60_000);
  await together(t, "three labs come up at the same time", { [one]: "up", [two]: "up", [three]: "up" });
  for (const stack of stacks) t.is(heldOf(stack).length, 5, stack);
});

test.serial("all three are checked at the same time, and every claim holds", async (t) => {
  t.timeout(25 * 60_000);
  await together(t, "three labs are checked at the same time", { [one]: "verify", [two]: "verify", [three]: "verify" });
});

test.serial("one is destroyed while another comes up, and the third is as it was", async (t) => {
  t.timeout(25 * 60_000);
  t.is(await checkout.lab(one, "destroy"), 0, checkout.lastWords(one));
  const before = heldOf(three);
  await together(t, "one lab is destroyed while another comes up", { [one]: "up", [two]: "destroy" });
  t.deepEqual(heldOf(two), []);
  t.deepEqual(heldOf(three), before);
  t.is(await checkout.lab(three, "verify"), 0, checkout.lastWords(three));
});

test.serial("of two people at one stack the second is told of the first, waits, and both succeed", async (t) => {
  t.timeout(15 * 60_000);
  const first = checkout.start(one, "verify");
  const said = (): string => checkout.said(one);
  const length = said().length;
  const locks = (): string[] => globSync(join(checkout.folder, `.lab/state/.pulumi/locks/**/${one}/*.json`));
  while (locks().length === 0) await pause(100);
  t.is(await checkout.lab(one, "pause"), 1, "a verb that is no update refuses");
  t.regex(said().slice(length), /another run is at work on stack lifeone \(process \d+\); wait for it to end/);
  t.is(await checkout.lab(one, "up"), 0, checkout.lastWords(one));
  t.regex(
    said().slice(length),
    /Another run is at work on stack lifeone \(process \d+\); waiting for it to end\. Ctrl-C stops the wait\./,
  );
  t.is(await first.ended, 0);
});
