// What ./lab makes here before Pulumi runs, with a cache that is empty.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { settled, type Way } from "../../bundle/choice.ts";
import { missingForLab } from "../../cli/parts/lab-content.ts";

const cache = mkdtempSync(join(tmpdir(), "podnet-content-"));
process.env["PODNET_CACHE"] = cache;
test.after.always(() => rmSync(cache, { recursive: true, force: true }));

const names = (platform: string, way: Way): string[] => missingForLab(platform, settled(way)).map(({ name }) => name);

test("for machines that are made here it is all that they are made of", (t) => {
  t.true(names("local", "source").includes("machine"));
  t.true(names("local", "release").includes("release-machine"));
  t.true(names("vm", "source").includes("machine"));
});

test("for VMs by release it is no root file system, for they have that of Debian's image for clouds", (t) => {
  t.true(names("vm", "release").includes("release-kubernetes"));
  t.false(names("vm", "release").includes("release-machine"));
});

for (const platform of ["hosts", "aws"]) {
  test(`for ${platform} it is what is sent there, without a root file system`, (t) => {
    t.true(names(platform, "source").includes("image-etcd"));
    t.false(names(platform, "source").includes("machine"));
  });

  test(`for ${platform} that fetch by themselves it is kubectl alone`, (t) =>
    t.deepEqual(names(platform, "release"), ["release-kubectl"]));
}
