// Proves that the table in nodes/script.ts and the scripts say the same: what each calls, reads and takes. What they do on a machine is tests/live's.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import {
  type Given,
  invoke,
  parseResult,
  readScript,
  type ScriptFile,
  scripts,
  withoutComments,
} from "../../nodes/script.ts";

const nodes = join(import.meta.dirname, "../../nodes");
const read = (name: string): string => readFileSync(join(nodes, `${name}.sh`), "utf8");
interface Row {
  readonly libraries: readonly string[];
  readonly params: readonly string[];
  readonly optional?: readonly string[];
  readonly stdin?: true;
  readonly result?: unknown;
}
const rows = Object.entries(scripts) as [ScriptFile, Row][];
const taken = ({ params, optional = [] }: Row): string[] => [...params, ...optional].toSorted();

/** The comment that a script begins with, without what stands in parentheses. */
function header(name: string): string {
  const lines = read(name).split("\n").slice(1);
  const comment = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("#")),
  );
  return comment
    .map((line) => line.replace(/^# */, ""))
    .join(" ")
    .replace(/\([^()]*\)/g, "");
}

/** Names of parameters in a header. */
function declared(name: string): string[] {
  const [, text = ""] = /Parameters: (.*?)(?:Standard input:|Exit status:|Prints |$)/.exec(header(name)) ?? [];
  return [...new Set(text.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? [])].toSorted();
}

const uncommented = (text: string): string => text.replace(/^ *#.*$/gm, "");
/** Variables in capitals of the shell, the session, jq, socat, perl, or a file that is sourced. */
const foreign = [
  "SOCAT_PEERADDR",
  "EPOCHREALTIME",
  "ARGS",
  "BASHPID",
  "BASH_COMMAND",
  "HOME",
  "ID",
  "IFS",
  "SECONDS",
  "SIG",
  "VERSION_ID",
];

/** Variables in capitals that a text reads and does not set: its parameters. */
function readBy(text: string): string[] {
  const code = uncommented(text);
  const names = [...code.matchAll(/\$\{?[#!]?([A-Z][A-Z0-9_]+)/g)].map(([, name = ""]) => name);
  const set = [...code.matchAll(/^\s*(?:export |local )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = ""]) => name);
  return [...new Set(names)].filter((name) => !set.includes(name) && !foreign.includes(name)).toSorted();
}

const functionsOf = (library: string): string[] =>
  [...read(`lib/${library}`).matchAll(/^([a-z_]+)\(\) \{/gm)].map(([, name = ""]) => name);
const libraries = readdirSync(join(nodes, "lib")).map((file) => file.replace(/\.sh$/, ""));
const calls = (text: string, name: string): boolean =>
  new RegExp(
    `(^|[;|&({!]|\\$\\(|if|until|while|then|else|do|wait_for "[^"]*" \\d+|\\s\\|\\|)\\s*${name}(?=[ ;)]|$)`,
    "m",
  ).test(uncommented(text));

test("every script that a machine can be asked to run has a row, and every row a script", (t) => {
  const files = ["host", "cluster", "observe", "faults"].flatMap((folder) =>
    readdirSync(join(nodes, folder)).map((file) => `${folder}/${file.replace(/\.sh$/, "")}`),
  );
  t.deepEqual(rows.map(([name]) => name as string).toSorted(), files.toSorted());
});

for (const [name, row] of rows) {
  test(`${name}.sh reads the parameters that its row gives it, and no others`, (t) => {
    t.deepEqual(readBy(readScript(name)), taken(row));
  });
  test(`${name}.sh's first comment names its parameters, standard input and result`, (t) => {
    t.deepEqual(
      declared(name),
      taken(row).filter((param) => readBy(read(name)).includes(param) || declared(name).includes(param)),
    );
    t.regex(header(name), /Parameters: /);
    t.is(/Standard input: /.test(header(name)), row.stdin === true);
  });
  test(`${name}.sh has the libraries whose functions it calls, and no others`, (t) => {
    const called = (text: string): string[] =>
      libraries.filter((library) => functionsOf(library).some((one) => calls(text, one)));
    const needed = new Set(called(read(name)));
    for (const library of row.libraries) for (const other of called(read(`lib/${library}`))) needed.add(other);
    t.deepEqual([...row.libraries].toSorted(), [...needed].toSorted());
  });
}

for (const library of libraries) {
  test(`lib/${library}.sh's first comment names the parameters that it reads`, (t) => {
    t.deepEqual(declared(`lib/${library}`), readBy(read(`lib/${library}`)));
  });
}

test("what runs on the user's own machine, or on a host before it is fit, asks for nothing that only nodes have", (t) => {
  for (const name of ["host/fetch", "host/reach", "host/preflight"] as const)
    t.notRegex(readScript(name), /systemd-detect-virt|node_name|patient/, name);
});

test("a parameter that is missing, or that the script does not read, is refused before a machine is dialled", (t) => {
  const loosely = (params: Record<string, string>) => ({ params }) as unknown as Given<"observe/bridge">;
  t.throws(() => invoke("observe/bridge", loosely({}), "root"), { message: "observe/bridge.sh is not given PODS" });
  t.throws(() => invoke("observe/bridge", loosely({ PODS: "", POD: "" }), "root"), {
    message: "observe/bridge.sh does not read POD",
  });
  // @ts-expect-error POD is none of its parameters
  t.throws(() => invoke("observe/bridge", { params: { PODS: "", POD: "" } }, "root"));
  // @ts-expect-error PODS is missing
  t.throws(() => invoke("observe/bridge", { params: {} }, "root"));
  // @ts-expect-error it reads no standard input
  t.notThrows(() => invoke("observe/bridge", { params: { PODS: "" }, stdin: "x" }, "root"));
  t.notThrows(() =>
    invoke("observe/probe", { params: { PODS: "", FROM: "a", TO: "b", PROTOCOL: "udp", PORT: 7 } }, "root"),
  );
});

test("a result of another form than the script's own is refused", (t) => {
  t.deepEqual(parseResult("observe/serve-echo", '{"pods":2}'), { pods: 2 });
  t.throws(() => parseResult("observe/serve-echo", '{"pods":"two"}'));
  t.throws(() => parseResult("cluster/token", "abc"), { message: /prints no JSON/ });
});

test("a result reaches its readers as plain text, and one that is no JSON is quoted as that", (t) => {
  const listed = (status: string) => JSON.stringify({ "pod\u009b": status });
  t.deepEqual(parseResult("cluster/members", listed("\u001b[31mred")), { "pod\ufffd": "\ufffd[31mred" });
  const { message } = t.throws(() => parseResult("cluster/members", "\u001b[2J"));
  t.regex(message, /cluster\/members\.sh printed no JSON/);
  // eslint-disable-next-line no-control-regex -- it is about that
  t.notRegex(message, /\u001b/);
});

test("without comments every script is the same program: bash reads both alike", (t) => {
  const parsed = (text: string): string =>
    execFileSync("bash", ["-c", `parsed() {\n${text}\n}\ndeclare -f parsed`], { encoding: "utf8" });
  for (const [name] of rows) {
    const text = readScript(name);
    const bare = withoutComments(text);
    t.is(parsed(bare), parsed(text), name);
    t.true(bare.length < text.length, name);
  }
});

test("what a script writes into a file keeps its comments and empty lines", (t) => {
  const written = ["cat >file <<-END", "# for the reader", "", "\tx", "\tEND"].join("\n");
  t.is(
    withoutComments(`# why\n${written}\n\n  # and so on\nread <<<"x"\n# gone\ntrue`),
    `${written}\nread <<<"x"\ntrue`,
  );
});

test("another comment in a script is not another script: nothing is done again for it", (t) => {
  t.is(withoutComments("# one\nid"), withoutComments("# another\n\nid"));
});

test("the benchmark's script gives every node script that it runs what that must be given", (t) => {
  const text = readFileSync(new URL("../bench/straight-line.sh", import.meta.url), "utf8");
  for (const name of ["prepare", "init", "addons", "token", "join"] as const)
    for (const param of scripts[`cluster/${name}`].params)
      t.regex(text, new RegExp(`\\b${param}=`), `${name}: ${param}`);
});
