// Proves that a machine keeps the scripts as they are here, that only what was copied is kept, and that one that was kept is the program that
// would have been brought. The machine is a stand-in.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import test, { type ExecutionContext } from "ava";
import { allScripts, invoke, readScript, scripts, scriptsFolder, withoutComments } from "../../../nodes/script.ts";
import { newRoot, type Root } from "./root.ts";

const kept = Object.keys(scripts).filter((name) => !name.startsWith("host/") && name !== "cluster/prepare");
const all = allScripts();
const SUM = createHash("sha256").update(all).digest("hex");

function machine(t: ExecutionContext): Root & { readonly keep: (content?: Buffer) => ReturnType<Root["run"]> } {
  const root = newRoot(t, {});
  const FILE = root.path("tmp/podnet-scripts.gz");
  return {
    ...root,
    keep(content) {
      if (content !== undefined) writeFileSync(FILE, content);
      return root.run(readScript("host/scripts"), { FILE, SUM, TO: root.path(scriptsFolder) });
    },
  };
}
const at = (name: string): string => `${scriptsFolder}/${name}.sh`;

test("every script that a node runs is kept as bash is given it, the copy goes, and to do it twice is to do it once", async (t) => {
  const { keep, read, has } = machine(t);
  t.like(await keep(all), { code: 0, stderr: "" });
  for (const name of kept)
    t.is(read(at(name)).trimEnd(), withoutComments(readScript(name as keyof typeof scripts)).trimEnd(), name);
  t.false(has("tmp/podnet-scripts.gz"));
  t.like(await keep(), { code: 0, stderr: "" });
  t.true(has(at("observe/bridge")));
});

test("a copy that is not what was sent is refused with its sum, and what was kept before stays", async (t) => {
  const { keep, read } = machine(t);
  await keep(all);
  const before = read(at("observe/bridge"));
  const { code, stderr } = await keep(Buffer.from("#:: observe/bridge\nid\n"));
  t.is(code, 1);
  t.true(stderr.includes(`its SHA-256 is not ${SUM}`));
  t.is(read(at("observe/bridge")), before);
});

test("where there is neither a copy nor what it brought, that is said", async (t) => {
  const { code, stderr } = await machine(t).keep();
  t.is(code, 1);
  t.regex(stderr, /there are neither these scripts in .*podnet nor a copy of them/);
});

test("a script that is kept is named, with its parameters, and another text of it would be another line", (t) => {
  const given = { params: { PODS: "a b" } };
  const { command, stdin } = invoke("observe/bridge", given, "root", { kept: true, moment: "now" });
  t.regex(
    stdin,
    /^set -euo pipefail\nPODS='a b'\n# as of now\n# [0-9a-f]{16}\n\. \/usr\/local\/lib\/podnet\/observe\/bridge\.sh\n$/,
  );
  t.true(command.includes(`head -c ${stdin.length}`));
  t.is(
    invoke("observe/bridge", given, "root").stdin,
    `set -euo pipefail\nPODS='a b'\n${withoutComments(readScript("observe/bridge"))}\n`,
  );
});

test("what runs before a machine has the scripts brings its own", (t) => {
  for (const name of ["host/booted", "host/uptime"] as const)
    t.is(invoke(name, {}, "root", { kept: true }).stdin, invoke(name, {}, "root").stdin);
});

test("no line of a script looks like the beginning of the next one", (t) => {
  for (const name of kept) t.notRegex(readScript(name as keyof typeof scripts), /^#:: /m, name);
});
