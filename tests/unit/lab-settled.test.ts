// Proves when an update is known to do nothing but look again, and when a destroy is known to have taken all without saying so; not that a run killed
// meanwhile leaves nothing behind (tests/life does).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { contentOf, isMadeHere, isSettled, noteSettled } from "../../cli/stack/settled.ts";
import { labDir, stackStateFile } from "../../cli/paths.ts";
import type { Held } from "../../cli/stack/in-engine.ts";
import { isGoneUnsaid } from "../../cli/stack/tear-down.ts";

const checkout = (): { readonly root: string; readonly write: (name: string, text: string) => void } => {
  const root = mkdtempSync(join(tmpdir(), "podnet-settled-"));
  const write = (name: string, text: string): void => {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  write("index.ts", "export {};\n");
  write("nodes/observe/node.sh", "ip route\n");
  return { root, write };
};

test("a change of the config, the program or a node's script is another sum; one of a test is not", (t) => {
  const { root, write } = checkout();
  t.teardown(() => rmSync(root, { recursive: true }));
  const first = contentOf("unit-settled", root);
  const sums = [first];
  t.is(contentOf("unit-settled", root), first);
  write("tests/unit/one.test.ts", "");
  write("Pulumi.other.yaml", "config:\n");
  t.is(contentOf("unit-settled", root), first);
  for (const [name, text] of [
    ["Pulumi.unit-settled.yaml", "config:\n  pod-networking-lab:workers: 3\n"],
    ["index.ts", "export const workers = 3;\n"],
    ["nodes/observe/node.sh", "ip route show table all\n"],
    ["nodes/observe/pods.sh", ""],
  ] as const) {
    write(name, text);
    sums.push(contentOf("unit-settled", root));
  }
  t.is(new Set(sums).size, 5);
});

test("a lab is settled as its last good update left it, until its state is written by anything else", (t) => {
  const stack = `unit-settled-${process.pid}`;
  const state = stackStateFile(stack);
  t.teardown(() => [state, join(labDir, "settled", stack)].forEach((file) => rmSync(file, { force: true })));
  mkdirSync(join(state, ".."), { recursive: true });
  t.false(isSettled(stack, "one"));
  writeFileSync(state, "{}");
  noteSettled(stack, "one");
  t.true(isSettled(stack, "one"));
  t.false(isSettled(stack, "another"));
  writeFileSync(state, '{"version":3}');
  t.false(isSettled(stack, "one"));
});

test("where the state is elsewhere it is written at each step", (t) => {
  const before = process.env["PULUMI_BACKEND_URL"];
  t.teardown(() => {
    if (before === undefined) delete process.env["PULUMI_BACKEND_URL"];
    else process.env["PULUMI_BACKEND_URL"] = before;
  });
  delete process.env["PULUMI_BACKEND_URL"];
  t.true(isMadeHere("dev"));
  t.true(isMadeHere("vm"));
  t.false(isMadeHere("hosts"));
  t.false(isMadeHere("aws"));
  process.env["PULUMI_BACKEND_URL"] = "s3://states";
  t.false(isMadeHere("dev"));
});

test("a destroy has taken all where the engine has neither a machine nor the network of the lab, and was asked", (t) => {
  const thing = (kind: Held["kind"], lab: string): Held => ({
    kind,
    id: kind,
    name: `podnet-dev-${kind}`,
    stack: "dev",
    lab,
    checkout: "/here",
    state: "",
  });
  const gone = (...held: readonly Held[]): boolean => isGoneUnsaid("dev-01", { looked: true, held });
  t.true(gone());
  t.true(gone(thing("volume", "dev-01"), thing("network", "dev-02"), thing("container", "dev-02")));
  t.false(gone(thing("network", "dev-01")));
  t.false(gone(thing("container", "dev-01")));
  t.false(isGoneUnsaid("dev-01", { looked: false, held: [] }));
  t.false(isGoneUnsaid(undefined, { looked: true, held: [] }));
});
