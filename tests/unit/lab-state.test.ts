// Proves the judgements on locks, pending operations and stack files; not that Pulumi writes them this way (the live tier does).
import test from "ava";
import { Problem } from "../../cli/view/problem.ts";
import { parseResults } from "../../cli/stack/results.ts";
import { parseHeld, countHeld } from "../../cli/stack/in-engine.ts";
import { forgetStack } from "../../cli/stack/forget.ts";
import { judgeLock } from "../../cli/stack/interrupted.ts";
import { shownOutputs } from "../../cli/stack/lab-state.ts";
import { describePending } from "../../cli/stack/resume.ts";
import { copyStackFile, keepStackFile, readsOnly, restoredText, unchanged } from "../../cli/stack/stack-file.ts";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const lock = { pid: 4711, hostname: "here", timestamp: "2026-11-24T17:00:00Z" };
const started = (time: string): Date => new Date(time);

test("a lock whose process is gone is stale", (t) => {
  t.is(judgeLock(lock, "here", "gone"), "stale");
});

test("a lock is held while its pulumi lives", (t) => {
  t.is(judgeLock(lock, "here", { command: "pulumi", startedAt: started("2026-11-24T16:59:58Z") }), "held");
});

test("a lock is held by a process of which nothing can be seen but that it is there", (t) => {
  t.is(judgeLock(lock, "here", "hidden"), "held");
});

test("another program under the same process id holds nothing", (t) => {
  t.is(judgeLock(lock, "here", { command: "sshd", startedAt: started("2026-11-24T16:59:58Z") }), "stale");
});

test("a pulumi that began after the lock was taken is another one", (t) => {
  t.is(judgeLock(lock, "here", { command: "pulumi", startedAt: started("2026-11-24T17:05:00Z") }), "stale");
});

test("of a lock taken on another host nothing is known", (t) => {
  t.is(judgeLock(lock, "elsewhere", "gone"), "elsewhere");
});

test("an interrupted run is told by what it was doing", (t) => {
  const create = (name: string): { type: string; name: string } => ({ type: "creating", name });
  t.is(describePending([create("k8s-master")]), "creating k8s-master");
  t.is(describePending([create("a"), create("b")]), "creating a and 1 other");
  t.is(describePending([create("a"), create("b"), create("c")]), "creating a and 2 others");
});

const own = "# The lab on this machine.\nconfig:\n  pod-networking-lab:platform: local\n";
const salted = "config:\n  pod-networking-lab:platform: local\nencryptionsalt: v1:abc=\n";

test("a file that only got its salt goes back to the user's text, comments and all", (t) => {
  t.is(restoredText(own, salted), own);
});

test("a number that Pulumi wrote as text is no change", (t) => {
  const before = "config:\n  pod-networking-lab:portBase: 32510\n";
  t.is(restoredText(before, 'config:\n  pod-networking-lab:portBase: "32510"\nencryptionsalt: v1:abc=\n'), before);
});

test("a changed value stays, without the salt", (t) => {
  const changed = "config:\n  pod-networking-lab:workers: 3\nencryptionsalt: v1:abc=\n";
  t.is(restoredText(own, changed), "config:\n  pod-networking-lab:workers: 3\n");
});

test("a file that held nothing but the salt goes again", (t) => {
  t.is(restoredText(undefined, "encryptionsalt: v1:abc=\n"), undefined);
});

test("a salt that a killed run left goes with the next one", (t) => {
  t.is(restoredText(salted, salted), "config:\n  pod-networking-lab:platform: local\n");
});

test("a file with secrets keeps the salt that encrypts them", (t) => {
  const secure = "config:\n  pod-networking-lab:token:\n    secure: v1:xyz\nencryptionsalt: v1:abc=\n";
  t.is(restoredText(own, secure), secure);
});

test("a run that only reads works on a copy, with values of its own, and the user's file is not touched", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "podnet-test-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const [file, folder] = [join(directory, "Pulumi.dev.yaml"), join(directory, "run")];
  mkdirSync(folder);
  writeFileSync(file, own);
  const copy = copyStackFile(file, folder, { "pod-networking-lab:verify": "now" });
  t.is(copy, join(folder, "Pulumi.dev.yaml"));
  t.is(readFileSync(copy, "utf8"), `${own}  pod-networking-lab:verify: now\n`);
  t.is(readFileSync(file, "utf8"), own);
  // A stack without a file has an empty one.
  t.is(readFileSync(copyStackFile(join(directory, "Pulumi.two.yaml"), folder), "utf8"), "");
});

test("commands that read the stack's file get a copy; what sets a value gets the file itself", (t) => {
  for (const line of ["up --yes", "preview", "destroy --stack two", "refresh"])
    t.true(readsOnly(line.split(" ")), line);
  for (const line of [
    "config set a b",
    "up -c a=b",
    "up --config=a=b",
    "up --config-file x",
    "stack init up",
    "--yes up",
  ])
    t.false(readsOnly(line.split(" ")), line);
});

test("the file is restored also when the run fails", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "podnet-test-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "Pulumi.dev.yaml");
  writeFileSync(file, own);
  const run = async (): Promise<void> => {
    writeFileSync(file, salted);
    throw new Error("update failed");
  };
  await t.throwsAsync(keepStackFile(file, run), { message: "update failed" });
  t.is(readFileSync(file, "utf8"), own);
});

test("what the engine holds is read by kind, with its lab, and counted in words", (t) => {
  const containers = parseHeld(
    "container",
    "1a2b\tpodnet-dev-k8s-master\tdev-01\tdev\t/home/me/my lab\trunning\n3c4d\tpodnet-dev-k8s-worker1\t\tdev\t\texited\n",
  );
  t.deepEqual(containers[0], {
    kind: "container",
    id: "1a2b",
    name: "podnet-dev-k8s-master",
    lab: "dev-01",
    stack: "dev",
    checkout: "/home/me/my lab",
    state: "running",
  });
  t.is(countHeld([...containers, ...parseHeld("network", "5e6f\tpodnet-dev\t\tdev\t\n")]), "2 containers, 1 network");
  t.deepEqual(parseHeld("volume", ""), []);
});

test("of a stack that is forgotten nothing is kept, and of its namesakes all", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "podnet-forget-"));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const files = (stack: string): string[] => [
    `state/.pulumi/stacks/pod-networking-lab/${stack}.json.bak`,
    `state/.pulumi/stacks/pod-networking-lab/${stack}.json.bak.attrs`,
    `state/.pulumi/backups/pod-networking-lab/${stack}/${stack}.1.json`,
    `state/.pulumi/history/pod-networking-lab/${stack}/${stack}-1.history.json`,
    `verify/${stack}`,
    `renewed/${stack}`,
    `passphrase-from/${stack}`,
  ];
  for (const file of [...files("dev"), ...files("dev2")]) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), "");
  }
  forgetStack("dev", dir);
  const left = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  t.deepEqual(
    left.toSorted(),
    files("dev2")
      .map((file) => join(dir, file))
      .toSorted(),
  );
});

const stackWith = (outputs: Record<string, unknown>) => ({
  resources: [
    { urn: "urn:pulumi:dev::lab::pulumi:pulumi:Stack::lab-dev", type: "pulumi:pulumi:Stack", outputs },
    { urn: "urn:pulumi:dev::lab::command:local:Command::a", type: "command:local:Command", outputs: { stdout: "no" } },
  ],
});
const marked = (kind: string) => ({ "4dabf18193072939515e22adb298388d": kind, ciphertext: "v1:AAAA:BBBB" });
const secret = marked("1b47061264138c4ac30d75fd1eb44270");

test("outputs are shown from the state as Pulumi shows them, every secret hidden wherever it stands", (t) => {
  const state = stackWith({
    kubeconfig: secret,
    nodes: [{ name: "m", key: secret, none: null }],
    cost: { perHour: 0 },
  });
  t.deepEqual(shownOutputs(state), {
    kubeconfig: "[secret]",
    nodes: [{ name: "m", key: "[secret]", none: null }],
    cost: { perHour: 0 },
  });
  t.deepEqual(shownOutputs({}), {});
});

test("an output of a kind that only Pulumi can show is left to Pulumi", (t) => {
  t.is(shownOutputs(stackWith({ file: [marked("c44067f5952c0a294b673a41bacd8c17")] })), undefined);
});

test("outputs that are not what a lab writes are refused in one sentence, which quotes none of them", (t) => {
  const secret = "apiVersion: v1, client-key-data: c2VjcmV0";
  const error = t.throws(() => parseResults({ kubeconfig: { knownHosts: "" }, access: secret }), {
    instanceOf: Problem,
  });
  t.regex(
    error.message,
    /^the outputs in the state are not what a lab writes \((kubeconfig, access|access, kubeconfig)\)/,
  );
  t.false(error.message.includes(secret));
});

test("what one run has to write into the stack's file is gone after it, however it ends", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "podnet-stack-file-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "Pulumi.one.yaml");
  const text = "# mine\nconfig:\n  pod-networking-lab:workers: 2\n";
  writeFileSync(file, text);
  const write = (): void => writeFileSync(file, `${text}  pod-networking-lab:backend: udp\n`);
  t.is(await unchanged(file, () => Promise.resolve(write()).then(() => 3)), 3);
  t.is(readFileSync(file, "utf8"), text);
  await t.throwsAsync(
    unchanged(file, () => {
      write();
      return Promise.reject(new Error("ended"));
    }),
    { message: "ended" },
  );
  t.is(readFileSync(file, "utf8"), text);
  rmSync(file);
  await unchanged(file, () => Promise.resolve(write()));
  t.false(existsSync(file));
});
