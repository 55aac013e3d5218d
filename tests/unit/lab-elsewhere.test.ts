// Proves what ./lab says of a state that is not in .lab/ and of a passphrase that is not the one of before; pulumi is a stand-in that answers
// three questions, so not that Pulumi keeps its state there.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { stateElsewhere } from "../../cli/stack/environment.ts";
import { recordPassphrase, whyOther } from "../../cli/stack/passphrase.ts";
import { stateDir } from "../../cli/paths.ts";

const root = join(import.meta.dirname, "..", "..");

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), "podnet-elsewhere-"));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
}

test("a state that is kept elsewhere is told in one line, with what sends it there and no password", (t) => {
  const none = join(folder(t), "none");
  t.is(stateElsewhere({}, none), undefined);
  t.is(stateElsewhere({ PULUMI_ACCESS_TOKEN: "pul-1", PULUMI_BACKEND_URL: `file://${stateDir}` }, none), undefined);
  const cloud = stateElsewhere({ PULUMI_ACCESS_TOKEN: "pul-1" }, none) ?? "";
  t.regex(cloud, /^PULUMI_ACCESS_TOKEN is set: .* in Pulumi's cloud \(app\.pulumi\.com\), not in \.lab\/.*unset/);
  const other = stateElsewhere({ PULUMI_BACKEND_URL: "postgres://me:geheim@db.example/pulumi?sslmode=on" }, none) ?? "";
  t.regex(other, /^PULUMI_BACKEND_URL is set: .* at postgres:\/\/db\.example\/pulumi, not/);
  for (const line of [cloud, other]) t.notRegex(line, /\n|geheim|pul-1/);
});

test("a login is told by its place", (t) => {
  const file = join(folder(t), "credentials.json");
  writeFileSync(file, '{ "current": "https://pulumi.example.org", "accessTokens": { "x": "secret" } }');
  t.regex(
    stateElsewhere({ PULUMI_ACCESS_TOKEN: "pul-1" }, file) ?? "",
    /kept in https:\/\/pulumi\.example\.org, where Pulumi is logged in/,
  );
});

const variable = "PULUMI_CONFIG_PASSPHRASE";

test("a passphrase of an earlier run that is absent now is told by its variable, and only the name was kept", (t) => {
  const dir = folder(t);
  t.is(whyOther("dev", {}, dir), undefined);
  for (const [name, value] of [
    [variable, "geheim"],
    [`${variable}_FILE`, "/home/me/geheim"],
  ] as const) {
    recordPassphrase("dev", { [name]: value }, dir);
    t.is(readFileSync(join(dir, "passphrase-from", "dev"), "utf8"), `${name}\n`);
    t.regex(whyOther("dev", {}, dir) ?? "", new RegExp(`passphrase in ${name}, .*export ${name}=`));
    t.is(whyOther("dev", { [name]: value }, dir), undefined);
    t.is(whyOther("other", {}, dir), undefined, "each stack has its own");
    t.is(whyOther("dev", { PULUMI_BACKEND_URL: "https://api.example" }, dir), undefined, "a cloud encrypts by itself");
  }
});

test("one variable in place of the other may hold the same passphrase; an empty one is a passphrase", (t) => {
  const dir = folder(t);
  recordPassphrase("dev", { [variable]: "" }, dir);
  t.is(whyOther("dev", { [`${variable}_FILE`]: "/home/me/geheim" }, dir), undefined);
  t.regex(whyOther("dev", {}, dir) ?? "", /export PULUMI_CONFIG_PASSPHRASE=/);
});

test("a variable that hides the lab's own passphrase is to be unset, unless it says the same", (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, "passphrase"), "of the lab\n");
  recordPassphrase("dev", {}, dir);
  t.regex(whyOther("dev", { [variable]: "geheim" }, dir) ?? "", /run: unset PULUMI_CONFIG_PASSPHRASE$/);
  t.is(whyOther("dev", { [variable]: "of the lab" }, dir), undefined);
  t.is(whyOther("dev", { [`${variable}_FILE`]: join(dir, "passphrase") }, dir), undefined);
});

/** A pulumi whose cloud has the stack "dev" with these outputs. */
function withPulumi(t: ExecutionContext, outputs: unknown): NodeJS.ProcessEnv {
  const bin = join(folder(t), "bin");
  mkdirSync(bin);
  const answers = join(bin, "outputs.json");
  writeFileSync(answers, JSON.stringify(outputs));
  writeFileSync(join(bin, "pulumi-language-nodejs"), "");
  writeFileSync(
    join(bin, "pulumi"),
    `#!/bin/sh
case "$1 $2" in
  "version ") echo v3.274.1 ;;
  "stack ls") echo '[{"name": "dev"}]' ;;
  "stack output") cat '${answers}' ;;
esac
`,
  );
  for (const name of ["pulumi", "pulumi-language-nodejs"]) chmodSync(join(bin, name), 0o755);
  return { PATH: `${bin}:${process.env["PATH"]}`, PULUMI_ACCESS_TOKEN: "pul-1", PULUMI_BACKEND_URL: undefined };
}

const lab = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  execa(process.execPath, [join(root, "cli", "main.ts"), ...args], { env, reject: false, stdin: "ignore" });

test("./lab pulumi says so before Pulumi runs", async (t) => {
  const { stderr, exitCode } = await lab(["pulumi", "whoami"], withPulumi(t, {}));
  t.is(exitCode, 0);
  t.regex(stderr, /^PULUMI_ACCESS_TOKEN is set: .*$/m);
});

test("a report says of machines that do not answer what the outputs say", async (t) => {
  const outputs = JSON.parse(
    readFileSync(join(root, "tests", "transcripts", "report", "outputs.json"), "utf8"),
  ) as Record<string, unknown>;
  // Nothing answers at the discard port.
  const nodes = (outputs["nodes"] as readonly object[]).map((node) => ({ ...node, ssh: "ssh://root@127.0.0.1:9" }));
  const env = withPulumi(t, { ...outputs, nodes });
  const file = join(folder(t), "report.html");
  const [page, table] = await Promise.all([lab(["report", "-o", file], env), lab(["outputs", "--table"], env)]);
  t.true(existsSync(file), page.stderr);
  t.regex(page.stderr, /note: .*\(127\.0\.0\.1:9\) does not answer/);
  const notes = (text: string): string[] => text.split("\n").filter((line) => line.includes("note:"));
  t.deepEqual(notes(page.stderr), notes(table.stderr));
});
