// Proves that a module is a program when it is started, whatever the path that names it, and that every program here is one of this kind.
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { execa } from "execa";

const root = join(import.meta.dirname, "../..");

const run = async (...args: string[]): Promise<string> => {
  const { all, exitCode } = await execa(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    all: true,
    reject: false,
  });
  return `${exitCode}: ${all}`;
};

test("a program runs when it is started, also through a link, and not when it is imported", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "podnet-program-"));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "one.mts");
  const begin = `import { main } from ${JSON.stringify(join(root, "bundle/program.ts"))};\n`;
  // What Node before 24.2 has, and what made six programs do nothing.
  writeFileSync(file, `${begin}delete import.meta.main;\nawait main(import.meta, async () => console.log("ran"));\n`);
  symlinkSync(file, join(dir, "link.mts"));
  t.is(await run(file), "0: ran");
  t.is(await run(join(dir, "link.mts")), "0: ran");
  t.is(await run("--input-type=module", "-e", `await import(${JSON.stringify(file)})`, "no-file"), "0: ");
  writeFileSync(file, `${begin}await main(import.meta, async () => { throw new Error("no engine"); });\n`);
  t.is(await run(file), "1: no engine");
});

test("no file has an end of its own that a Node without import.meta.main passes over", (t) => {
  const files = globSync("{bundle,cli,components,evidence,nodes,packages,platforms,report}/**/*.ts", { cwd: root });
  t.true(files.length > 100);
  for (const file of files.filter((name) => name !== "bundle/program.ts"))
    t.notRegex(readFileSync(join(root, file), "utf8"), /import\.meta\.main/, file);
});
