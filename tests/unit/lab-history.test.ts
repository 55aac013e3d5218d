// Proves which of Pulumi's copies of the state are taken away: all but those of the newest ten updates of this stack, and nothing else.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { forgetOldUpdates } from "../../cli/stack/history.ts";

test("the newest ten updates keep their history and their backups, of this stack alone", (t) => {
  const root = mkdtempSync(join(tmpdir(), "podnet-history-"));
  t.teardown(() => rmSync(root, { recursive: true }));
  const folder = (kind: string, stack: string): string => join(root, ".pulumi", kind, "pod-networking-lab", stack);
  // As Pulumi names them: nanoseconds, of which a number of JavaScript would lose the last digits.
  const at = (update: number): string => `17958673186923957${String(update).padStart(2, "0")}`;
  for (const stack of ["dev", "dev-2"]) {
    for (const kind of ["history", "backups"]) mkdirSync(folder(kind, stack), { recursive: true });
    for (let update = 1; update <= 12; update++) {
      for (const what of ["history", "checkpoint"])
        for (const end of ["json", "json.attrs"])
          writeFileSync(join(folder("history", stack), `${stack}-${at(update)}.${what}.${end}`), "{}");
      writeFileSync(join(folder("backups", stack), `${stack}.${at(update)}.json`), "{}");
    }
    writeFileSync(join(folder("history", stack), "notes of my own.json"), "");
  }
  forgetOldUpdates("dev", root);
  const names = (kind: string, stack: string): string[] => readdirSync(folder(kind, stack));
  t.is(names("history", "dev").length, 10 * 4 + 1);
  t.is(names("backups", "dev").length, 10);
  for (const gone of [1, 2])
    t.false([...names("history", "dev"), ...names("backups", "dev")].some((name) => name.includes(at(gone))));
  t.true(names("history", "dev").includes("notes of my own.json"));
  t.is(names("history", "dev-2").length, 12 * 4 + 1);
  t.notThrows(() => forgetOldUpdates("never-up", root));
});
