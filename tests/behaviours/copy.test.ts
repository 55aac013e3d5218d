// States what CopyToRemote puts where, against a real OpenSSH server on loopback.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import anyTest from "ava";
import { archive, asset, failureOf, Plugin, secret, type Properties, tempDir } from "./plugin.ts";
import { sshdIsThere, startSshd, type Sshd } from "./sshd.ts";

const test = sshdIsThere ? anyTest : anyTest.skip;
let plugin: Plugin;
let sshd: Sshd;
const local = tempDir("copy");

anyTest.before(async () => {
  for (const path of ["src/file1", "src/one/file2", "src/one/two/file3", "empty"]) {
    mkdirSync(dirname(join(local, path)), { recursive: true });
    writeFileSync(join(local, path), path === "empty" ? "" : `content of ${path}`);
  }
  if (!sshdIsThere) return;
  [plugin, sshd] = await Promise.all([Plugin.start({ cwd: local }), startSshd()]);
});
anyTest.after.always(async () => {
  sshd?.stop();
  await plugin?.stop();
});

let hashes = 0;
const file = (path: string): Properties => asset({ path, hash: `h${hashes++}` });
const directory = (path: string): Properties => archive({ path, hash: `h${hashes++}` });
const inputs = (source: Properties, remotePath: string): Properties => {
  const { host, port, user, privateKey, hostKey } = sshd;
  return {
    connection: secret({ host, port, user, privateKey, hostKey, dialErrorLimit: 0, perDialTimeout: 15 }),
    source,
    remotePath,
  };
};
const copied = (source: Properties, remotePath: string) =>
  plugin.create("remote:CopyToRemote", inputs(source, remotePath));
const newDir = (): string => mkdtempSync(join(sshd.dir, "dest-"));

anyTest("sshd is there, without which all of this would be skipped", (t) => {
  t.true(sshdIsThere, "there is no /usr/sbin/sshd: install the package openssh-server");
});

test("a file goes to a path that does not exist; inputs are the outputs; the id is eight hex digits", async (t) => {
  const dest = join(newDir(), "new");
  const given = inputs(file(join(local, "src/file1")), dest);
  const { id, state } = await plugin.create("remote:CopyToRemote", given);
  t.is(readFileSync(dest, "utf8"), "content of src/file1");
  t.deepEqual(state, given);
  t.regex(id, /^[0-9a-f]{8}$/);
});

test("a file goes into a directory that exists", async (t) => {
  const dest = newDir();
  await copied(file(join(local, "src/file1")), dest);
  t.is(readFileSync(join(dest, "file1"), "utf8"), "content of src/file1");
});

test("a file replaces a longer one", async (t) => {
  const dest = join(newDir(), "there");
  writeFileSync(dest, "x".repeat(100_000));
  await copied(file(join(local, "src/file1")), dest);
  t.is(readFileSync(dest, "utf8"), "content of src/file1");
});

test("an empty and a large file arrive whole", async (t) => {
  const dest = newDir();
  const big = Buffer.alloc(5_000_001, "0123456789");
  writeFileSync(join(local, "big"), big);
  await copied(file(join(local, "empty")), dest);
  await copied(file(join(local, "big")), dest);
  t.is(readFileSync(join(dest, "empty"), "utf8"), "");
  t.true(readFileSync(join(dest, "big")).equals(big));
});

test("a relative path is of the program's directory", async (t) => {
  const dest = newDir();
  await copied(file("src/file1"), dest);
  t.deepEqual(readdirSync(dest), ["file1"]);
});

test("a directory goes into a directory that exists", async (t) => {
  const dest = newDir();
  await copied(directory(join(local, "src")), dest);
  t.is(readFileSync(join(dest, "src/one/two/file3"), "utf8"), "content of src/one/two/file3");
  t.deepEqual(readdirSync(dest), ["src"]);
  t.deepEqual(readdirSync(join(dest, "src")).sort(), ["file1", "one"]);
});

test("with a slash at its end, its content goes there", async (t) => {
  const dest = newDir();
  await copied(directory(`${join(local, "src")}/`), dest);
  t.deepEqual(readdirSync(dest).sort(), ["file1", "one"]);
});

test("a directory goes to a path that does not exist, which becomes one", async (t) => {
  const dest = join(newDir(), "new");
  await copied(directory(join(local, "src")), dest);
  t.deepEqual(readdirSync(dest), ["src"]);
});

test("copying a directory again overwrites what is there", async (t) => {
  const dest = newDir();
  await copied(directory(join(local, "src")), dest);
  writeFileSync(join(dest, "src/file1"), "changed");
  await copied(directory(join(local, "src")), dest);
  t.is(readFileSync(join(dest, "src/file1"), "utf8"), "content of src/file1");
});

test("a directory does not replace a file", async (t) => {
  const dest = newDir();
  mkdirSync(join(dest, "src"));
  writeFileSync(join(dest, "src/one"), "a file");
  await failureOf(copied(directory(join(local, "src")), dest));
  t.is(readFileSync(join(dest, "src/one"), "utf8"), "a file");
});

test("folders above the path that do not exist are made, for a file and for a folder", async (t) => {
  const dest = newDir();
  await copied(file(join(local, "src/file1")), join(dest, "some/new/place"));
  t.deepEqual(readFileSync(join(dest, "some/new/place")), readFileSync(join(local, "src/file1")));
  await copied(directory(join(local, "src/")), join(dest, "another/new/place"));
  t.true(existsSync(join(dest, "another/new/place/file1")));
});

test("a source that does not exist is an error; there are no wildcards", async (t) => {
  const dest = newDir();
  t.regex(await failureOf(copied(file(join(local, "src/file*")), dest)), /src\/file\*/);
  t.deepEqual(readdirSync(dest), []);
});

test("a packed archive is copied as it is", async (t) => {
  const dest = newDir();
  writeFileSync(join(local, "packed.tgz"), "not unpacked");
  await copied(directory(join(local, "packed.tgz")), dest);
  t.is(readFileSync(join(dest, "packed.tgz"), "utf8"), "not unpacked");
});

test("a text goes to a file", async (t) => {
  const dest = join(newDir(), "text");
  await copied(asset({ text: "some text", hash: "t" }), dest);
  t.is(readFileSync(dest, "utf8"), "some text");
});

test("a text needs a file name", async (t) => {
  t.regex(await failureOf(copied(asset({ text: "some text", hash: "t" }), newDir())), /is a directory/);
});

test("an update copies when the content has changed or the path", async (t) => {
  const dest = join(newDir(), "f");
  const before = inputs(file(join(local, "src/file1")), dest);
  await plugin.create("remote:CopyToRemote", before);
  const changed = inputs(file(join(local, "src/one/file2")), dest);
  await plugin.update("remote:CopyToRemote", before, changed);
  t.is(readFileSync(dest, "utf8"), "content of src/one/file2");
  const moved = { ...changed, remotePath: `${dest}2` };
  t.deepEqual(await plugin.update("remote:CopyToRemote", changed, moved), moved);
  t.true(existsSync(`${dest}2`));
});

test("an update with another connection only copies nothing", async (t) => {
  const before = inputs(file(join(local, "src/file1")), join(newDir(), "f"));
  const after = {
    ...before,
    connection: secret({ host: "127.0.0.1", port: 1, user: "root", dialErrorLimit: 0, perDialTimeout: 1 }),
  };
  t.deepEqual(await plugin.update("remote:CopyToRemote", before, after), after);
});

test("delete leaves the copy where it is", async (t) => {
  const dest = join(newDir(), "f");
  const given = inputs(file(join(local, "src/file1")), dest);
  await plugin.create("remote:CopyToRemote", given);
  await plugin.delete("remote:CopyToRemote", given);
  t.true(existsSync(dest));
});
