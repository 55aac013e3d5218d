// Proves what nodes/lib/observe.sh reports of commands, in a bash on this machine. It does not prove that the commands exist on a node.
import { execa } from "execa";
import test from "ava";
import { observationsJson } from "../../../evidence/observation.ts";
import { readLibraries } from "../../../nodes/script.ts";

const lib = readLibraries(["say", "node", "observe"]);
const bash = (script: string) => execa("bash", ["-c", `set -euo pipefail\n${lib}\n${script}`], { reject: false });
const report = async (script: string) =>
  observationsJson.parse(JSON.parse((await bash(`${script}\nprint_observations`)).stdout));

test("an observation keeps the command as typed, its raw output and its exit code, in the order begun", async (t) => {
  const { observations } = await report(
    `observe late "sleep 0.3; echo 'two words' | cat"; observe early 'printf "a\\nb\\n"'`,
  );
  t.deepEqual(observations, [
    { id: "late", command: "sleep 0.3; echo 'two words' | cat", output: "two words\n", exit: 0 },
    { id: "early", command: 'printf "a\\nb\\n"', output: "a\nb\n", exit: 0 },
  ]);
});

test("observations run side by side", async (t) => {
  // Each end of the pipe waits for the other: one after the other they would wait until they are stopped.
  const { observations } = await report(
    'pipe=$(mktemp -u); mkfifo "$pipe"; observe writer "echo met >$pipe"; observe reader "cat $pipe"; wait; rm "$pipe"',
  );
  t.deepEqual(
    observations.map(({ output, exit }) => [output, exit]),
    [
      ["", 0],
      ["met\n", 0],
    ],
  );
});

test("a failing command is reported with what it said, and ends nothing", async (t) => {
  const { observations } = await report("observe bad 'echo out; echo wrong >&2; exit 3'; observe good 'true'");
  t.deepEqual(
    observations.map(({ output, exit }) => [output, exit]),
    [
      ["out\nwrong\n", 3],
      ["", 0],
    ],
  );
});

test("the failure of any part of a pipe is the command's failure", async (t) => {
  const { observations } = await report("observe pipe 'false | cat'");
  t.is(observations[0]?.exit, 1);
});

test("what a command that succeeds says on standard error is left out: some tools warn on every call", async (t) => {
  const { observations } = await report("observe noisy 'echo warning >&2; echo {}'");
  t.is(observations[0]?.output, "{}\n");
});

test("a command that prints without end is ended at a mebibyte, says so, and is no success", async (t) => {
  const { observations } = await report("observe endless 'yes'; observe other 'echo well'");
  const [endless, other] = observations;
  t.not(endless?.exit, 0);
  t.true(endless!.output.length <= 1_048_576 + 100, String(endless!.output.length));
  t.regex(endless!.output, /\(more than 1 MiB; ended here\)\n$/);
  t.deepEqual([other?.output, other?.exit], ["well\n", 0]);
});

test("a report carries the time in UTC, and may be empty", async (t) => {
  const { at, observations } = await report(":");
  t.true(Math.abs(Date.parse(at) - Date.now()) < 60_000);
  t.deepEqual(observations, []);
});

test("output_of is an earlier observation's output", async (t) => {
  const { stdout } = await bash("observe first 'echo one'; observe second 'echo two'; wait; output_of second");
  t.is(stdout, "two");
});

test("a wait ends when the command succeeds", async (t) => {
  const { exitCode } = await bash(
    'file=$(mktemp -u); (sleep 0.3; touch "$file") & wait_for "the file" 10 test -e "$file"; rm "$file"',
  );
  t.is(exitCode, 0);
});

test("a wait that is over fails, naming what was waited for and the command's last words", async (t) => {
  const { exitCode, stderr } = await bash("wait_for 'the moon' 1 ls /no/such/file");
  t.is(exitCode, 1);
  t.regex(stderr, /waited 1 s for the moon, in vain: ls \/no\/such\/file/);
  t.regex(stderr, /No such file/);
});
