// Proves that what a kill leaves of the file backend's own files is mended; the files are as a run that was killed has left them. That Pulumi
// then reads the state is seen by the tier life.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { mendAttributes, removeDrafts } from "../../cli/stack/interrupted.ts";

function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "podnet-state-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("attributes that a kill has left empty or cut off are removed, whole ones and the state stay", (t) => {
  const folder = folderWith(t, {
    "dev.json": "{}",
    "dev.json.attrs": "",
    "dev.json.bak": "{}",
    "dev.json.bak.attrs": '{"user.cache_control":""}',
    "other.json.attrs": '{"user.cache',
  });
  mendAttributes(folder);
  t.deepEqual(readdirSync(folder).toSorted(), ["dev.json", "dev.json.bak", "dev.json.bak.attrs"]);
  t.notThrows(() => mendAttributes(join(folder, "none")));
});

test("drafts of a stack's state that killed runs have left go, and none of another stack", (t) => {
  const folder = folderWith(t, {
    "dev.json": "{}",
    "dev.json.18ec2d492f5412c6.tmp": "{",
    "dev.json.bak": "{}",
    "dev2.json.18ec2d492f5412c6.tmp": "{",
  });
  removeDrafts("dev", folder);
  t.deepEqual(readdirSync(folder).toSorted(), ["dev.json", "dev.json.bak", "dev2.json.18ec2d492f5412c6.tmp"]);
});
