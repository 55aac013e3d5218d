// Proves what ./lab says and does about a paused lab, with stand-ins for docker and QEMU. It does not prove that a cluster goes on (tests/live does).
import { mkdtempSync, rmSync, writeFileSync, chmodSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { judge } from "../../cli/doctor/checks.ts";
import { describePause, forgetPaused, notedPause, notePaused, refusePaused } from "../../cli/stack/paused.ts";
import { caveats } from "../../cli/stack/standing.ts";
import { parseResults } from "../../cli/stack/results.ts";
import { pause, resumeLab } from "../../cli/verbs/pause.ts";
import { good as facts } from "./doctor-facts.ts";

const checkout = join(import.meta.dirname, "..", "..");
const since = "2026-11-28T09:00:00.000Z";

/** A stack of the test's own, which no lab has; what is noted of it goes with the test. */
function stackOf(t: ExecutionContext, name: string, config = ""): string {
  const stack = `unit-pause-${name}-${process.pid}`;
  const file = join(checkout, `Pulumi.${stack}.yaml`);
  if (config !== "") writeFileSync(file, config);
  t.teardown(() => {
    forgetPaused(stack);
    rmSync(file, { force: true });
  });
  return stack;
}

test("a verb that needs a machine of a paused lab says so at once, and how it goes on", (t) => {
  const stack = stackOf(t, "refuse");
  t.notThrows(() => refusePaused(stack));
  notePaused(stack, { since, how: "freeze" });
  const sentence = `lab "${stack}" is paused since ${since}: its machines are frozen; ./lab resume -s ${stack} lets it go on`;
  t.is(describePause(stack), sentence);
  t.throws(() => refusePaused(stack), { message: sentence });
  notePaused(stack, { since, how: "stop" });
  t.regex(describePause(stack) ?? "", /its machines are shut down/);
  forgetPaused(stack);
  t.is(notedPause(stack), undefined);
});

test("a note that was cut off by a kill is none", (t) => {
  const stack = stackOf(t, "cut");
  notePaused(stack, { since, how: "freeze" });
  writeFileSync(join(checkout, ".lab", "paused", `${stack}.json`), '{"since": "2026');
  t.is(notedPause(stack), undefined);
});

test("outputs of a paused lab tell of the pause and of when the claims were checked, and dial no machine", async (t) => {
  const stack = stackOf(t, "outputs");
  notePaused(stack, { since, how: "freeze" });
  const at = "2026-11-28T08:00:00.000Z";
  const results = parseResults({
    nodes: [{ name: "m", role: "control-plane", address: "10.0.0.10", ssh: "ssh://root@192.0.2.10:22" }],
    verification: { passed: 1, failed: 0, at },
  });
  const [caveat = "", ...more] = await caveats(stack, results);
  t.deepEqual(more, []);
  t.regex(caveat, new RegExp(`is paused since ${since}.*; what the outputs say was found at ${at}$`));
});

test("doctor has a row for a paused lab, and none otherwise", (t) => {
  t.deepEqual(
    judge({ ...facts, paused: "the lab is paused" }).filter(({ what }) => what === "paused"),
    [{ what: "paused", verdict: "note", found: "the lab is paused" }],
  );
  t.false(judge(facts).some(({ what }) => what === "paused"));
});

for (const [platform, why] of [
  ["hosts", /those of platform "hosts" are yours/],
  ["aws", /does not stop instances: their disks would go on to cost/],
] as const) {
  test(`machines of platform ${platform} are not paused, and it is said why in one sentence`, async (t) => {
    const stack = stackOf(t, platform, `config:\n  pod-networking-lab:platform: ${platform}\n`);
    const { message } = await t.throwsAsync(() => pause({ stack }));
    t.regex(message, why);
    t.is(message.split("\n").length, 1);
    await t.throwsAsync(() => resumeLab(stack), { message: why });
  });
}

test("there is nothing to pause where there is no lab", async (t) => {
  await t.throwsAsync(() => pause({ stack: stackOf(t, "none") }), {
    message: /there is no lab .* to pause; .\/lab up/,
  });
});

/** Runs pause.sh with an engine that has one machine in each of the states that are asked for. */
async function engine(
  t: ExecutionContext,
  verb: string,
): Promise<{ readonly calls: string[]; readonly stdout: string }> {
  const folder = mkdtempSync(join(tmpdir(), "podnet-pause-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const docker = `#!/bin/bash
echo "$*" >>"${folder}/calls"
if [[ $1 == ps ]]; then for word; do case $word in status=*) echo "m-\${word#status=}" ;; esac; done; fi
`;
  writeFileSync(join(folder, "docker"), docker);
  chmodSync(join(folder, "docker"), 0o755);
  const { stdout } = await execa(join(checkout, "platforms/local/pause.sh"), [verb], {
    env: { STACK: "t", LAB: "t-00000001", PATH: [folder, process.env["PATH"]].join(delimiter) },
  });
  return { calls: readFileSync(join(folder, "calls"), "utf8").split("\n"), stdout };
}

test("machines are found by the lab's id, and frozen, shut down and woken by their state", async (t) => {
  const frozen = await engine(t, "freeze");
  t.true(frozen.calls.includes("pause m-running"));
  t.true(frozen.calls.some((call) => call.startsWith("exec m-running") && call.includes("kube-controller")));
  t.true(
    frozen.calls
      .filter((call) => call.startsWith("ps"))
      .every((call) => call.includes("pod-networking-lab.id=t-00000001")),
  );
  t.is(frozen.stdout, "m-paused\nm-created\nm-exited\nm-dead");
  const stopped = await engine(t, "stop");
  const [thawed, ended] = ["unpause m-paused", "stop --time 30 m-running"].map((call) => stopped.calls.indexOf(call));
  t.true((thawed ?? -1) >= 0 && (thawed ?? 0) < (ended ?? -1), "a frozen machine does not hear that it is to stop");
  t.true((await engine(t, "resume")).calls.includes("unpause m-paused"));
  await t.throwsAsync(() => engine(t, "sleep"), { message: /unknown verb "sleep"; write freeze, stop or resume/ });
});
