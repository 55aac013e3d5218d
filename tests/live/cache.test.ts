// Proves on a real engine that a prune removes the machine images of a key, and not while a container was made from one. The images are
// empty, and of a key that no version has.
import { randomBytes } from "node:crypto";
import test from "ava";
import { execa } from "execa";
import { remove } from "../../cli/cache/prune.ts";
import { newFolder } from "../folder.ts";

const docker = async (...args: string[]): Promise<string> => (await execa("docker", args, { input: "" })).stdout;
const key = randomBytes(8).toString("hex");
const ref = (name: string): string => `pod-networking-lab/node:${key}-${name}`;
const container = `podnet-cache-test-${key}`;

test.after.always(async () => {
  await execa("docker", ["rm", "--force", container], { reject: false });
  await execa("docker", ["image", "rm", ref("worker"), ref("base")], { reject: false });
});

test("images go when no machine was made from them, and stay as long as one was", async (t) => {
  const root = newFolder("cache");
  // An archive without a file is an image without a file.
  await execa("docker", ["import", "-", ref("base")], { input: Buffer.alloc(10_240) });
  await docker("tag", ref("base"), ref("worker"));
  await docker("create", "--name", container, ref("worker"), "/none");
  t.is(await remove(`image/${key}`, root), "in use");
  t.is((await docker("image", "ls", "--quiet", ref("worker"))).split("\n").filter(Boolean).length, 1);
  await docker("rm", container);
  t.is(await remove(`image/${key}`, root), "removed");
  for (const name of ["worker", "base"]) t.is(await docker("image", "ls", "--quiet", ref(name)), "");
});
