// Proves what ./lab refuses and says of checkpoints, and in which order the machines are frozen, copied, ended and started, with a stand-in for
// docker. It does not prove that a cluster comes back (tests/life does).
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { parseCheckpoints } from "../../cli/stack/checkpoints.ts";
import { checkpoint, render, rewind } from "../../cli/verbs/checkpoint.ts";

const checkout = join(import.meta.dirname, "..", "..");

function stackOf(t: ExecutionContext, platform: string): string {
  const stack = `unit-checkpoint-${platform}-${process.pid}`;
  const file = join(checkout, `Pulumi.${stack}.yaml`);
  writeFileSync(file, `config:\n  pod-networking-lab:platform: ${platform}\n`);
  t.teardown(() => rmSync(file, { force: true }));
  return stack;
}

for (const [platform, why] of [
  ["hosts", /the disks of platform "hosts" are yours/],
  ["aws", /takes no snapshot of instances, which would cost/],
] as const) {
  test(`platform ${platform} has no checkpoints, and it is said why in one sentence`, async (t) => {
    const stack = stackOf(t, platform);
    for (const ask of [() => checkpoint("one", { stack }), () => rewind(stack, "one")]) {
      const { message } = await t.throwsAsync(ask);
      t.regex(message, why);
      t.is(message.split("\n").length, 1);
    }
  });
}

test("what is kept is listed with its moment and size, the oldest first; what was cut off is named with the way to remove it", (t) => {
  const all = parseCheckpoints("two 2026-11-28T10:00:00Z 2048 half\none 2026-11-28T09:00:00Z 175104 whole\n");
  t.deepEqual(
    all.map(({ name, half }) => [name, half]),
    [
      ["one", false],
      ["two", true],
    ],
  );
  const [, first = "", second = ""] = render(all, "s");
  t.regex(first, /^one +2026-11-28T09:00:00Z +179 MB$/);
  t.regex(second, /half made; \.\/lab checkpoint --remove two -s s$/);
  t.deepEqual(render([], "dev"), ['Lab "dev" has no checkpoint; ./lab checkpoint NAME makes one.']);
});

interface Engine {
  /** Shell text: what the helper's container does. */
  readonly helper?: string;
  /** Owner of the volume, empty for none. */
  readonly volume?: string;
  readonly id?: string;
}

/** Runs checkpoint.sh with an engine that has one machine, n, whose files are in /layer. */
async function run(t: ExecutionContext, verb: string, { helper = "", volume = "", id = "id-1" }: Engine = {}) {
  const folder = mkdtempSync(join(tmpdir(), "podnet-checkpoint-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const docker = `#!/bin/bash
[[ $1 == run ]] || echo "$*" >>"${folder}/calls"
case "$1 $2" in
  "ps --all") echo podnet-t-n ;;
  "container inspect") case $* in *.node*) echo n ;; *Status*) echo running ;; *.Image*) echo image ;; *.Id*) echo ${id} ;; *) echo t-00000001 ;; esac ;;
  "volume inspect") [[ -n "${volume}" ]] && echo "${volume}" ;;
  "exec podnet-t-n") echo /layer ;;
  run*) echo "run \${*: -1}" | head -n 1 >>"${folder}/calls"; all=$*
    case $all in *"test -e /checkpoint/whole") ;; *"cat /checkpoint/machines") echo "n id-1 /layer" ;; *) ${helper || ":"} ;; esac ;;
esac
`;
  writeFileSync(join(folder, "docker"), docker);
  chmodSync(join(folder, "docker"), 0o755);
  const { exitCode, stdout, stderr } = await execa(join(checkout, "platforms/local/checkpoint.sh"), [verb], {
    env: { STACK: "t", LAB: "t-00000001", NAME: "one", PATH: [folder, process.env["PATH"]].join(delimiter) },
    input: "{}",
    reject: false,
  });
  const calls = readFileSync(join(folder, "calls"), "utf8").split("\n");
  const at = (start: string): number => calls.findIndex((call) => call.startsWith(start));
  return { exitCode, stdout, stderr, calls, at };
}

test("machines are frozen while they are copied, and go on however that ends", async (t) => {
  const saved = await run(t, "save");
  t.is(saved.exitCode, 0, saved.stderr);
  const order = ["volume create", "pause podnet-t-n", "run", "unpause podnet-t-n"].map(saved.at);
  t.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  t.false(order.includes(-1));
  t.regex(
    saved.calls[saved.at("volume create")] ?? "",
    /pod-networking-lab\.id=t-00000001 .*pod-networking-lab\.checkpoint=one podnet-t-checkpoint-one$/,
  );
  const failed = await run(t, "save", { helper: "exit 1" });
  t.is(failed.exitCode, 1);
  t.true(failed.at("unpause podnet-t-n") > failed.at("pause podnet-t-n"));
});

test("a checkpoint is not written over, and another lab's volume of that name is not touched", async (t) => {
  const again = await run(t, "save", { volume: "t-00000001" });
  t.regex(again.stderr, /there is a checkpoint "one" already; take another name/);
  const theirs = await run(t, "save", { volume: "t-00000002" });
  t.regex(theirs.stderr, /nothing of it is touched/);
  for (const { at } of [again, theirs]) t.is(at("pause"), -1);
});

test("machines are ended before they are put back, and started after it; the state comes out", async (t) => {
  const { exitCode, stdout, stderr, at } = await run(t, "restore", { volume: "t-00000001", helper: "echo STATE" });
  t.is(exitCode, 0, stderr);
  t.is(stdout, "STATE");
  t.true(at("stop --time 0 podnet-t-n") >= 0 && at("stop --time 0 podnet-t-n") < at("start podnet-t-n"));
});

test("a machine that was made anew since is not given another one's files, and nothing is ended", async (t) => {
  const { exitCode, stderr, at } = await run(t, "restore", { volume: "t-00000001", id: "id-2" });
  t.is(exitCode, 1);
  t.regex(stderr, /podnet-t-n was made anew since checkpoint "one"/);
  t.is(at("stop"), -1);
  t.regex((await run(t, "restore")).stderr, /there is no checkpoint "one"/);
});
