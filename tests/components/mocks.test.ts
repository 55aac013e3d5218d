// Proves that the stand-in for the engine tells a failure, on which every other test here relies.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { useMocks, valueOf } from "./mocks.ts";

await useMocks(() => ({}));

test("the value of an output that fails is a rejection, not a wait without end", async (t) => {
  const failing = pulumi.output(1).apply((): number => {
    throw new Error("no such machine");
  });
  await t.throwsAsync(valueOf(failing), { message: "no such machine" });
  t.is(await valueOf(pulumi.output(1)), 1);
});
