// Stand-in for a machine without Linux's own things, such as a Mac: PATH begins with busybox's tools where there is a busybox (BUSYBOX or PATH),
// flock is hidden, /proc and /dev/shm are folders that do not exist. It proves that what runs here for hosts and EC2 needs none of them; not
// that a Mac's own bash, ps and ssh-keygen do what they should.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { holdByLink } from "../../bundle/lock.ts";
import { listTree, lookAtProcess, parsePs } from "../../bundle/process.ts";
import { onPath } from "../../bundle/tools.ts";

const root = join(import.meta.dirname, "..", "..");

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), "podnet-portable-"));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The few programs that a script may call, busybox's first, and no flock. */
function bareTools(dir: string): string {
  const bin = join(dir, "bin");
  mkdirSync(bin);
  const busybox = process.env["BUSYBOX"] ?? onPath("busybox");
  const applets = busybox === undefined ? [] : execFileSync(busybox, ["--list"], { encoding: "utf8" }).split("\n");
  for (const name of ["awk", "basename", "cat", "cksum", "dirname", "env", "mkdir", "ps", "rm", "sed", "sh"]) {
    const file = busybox !== undefined && applets.includes(name) ? busybox : onPath(name);
    if (file !== undefined) symlinkSync(file, join(bin, name));
  }
  for (const name of ["bash", "ssh-keygen"]) symlinkSync(onPath(name) ?? "", join(bin, name));
  return bin;
}

test("a process is seen without /proc by ps, and one of which ps tells nothing is there all the same", (t) => {
  const seen = lookAtProcess(process.pid, "/no/proc");
  if (seen === "gone" || seen === "hidden") return t.fail(String(seen));
  const known = lookAtProcess(process.pid);
  if (known === "gone" || known === "hidden") return t.fail(String(known));
  t.is(seen.command, known.command);
  t.true(Math.abs(seen.startedAt.getTime() - known.startedAt.getTime()) < 2000);
  // No process has a number above the kernel's largest.
  t.is(lookAtProcess(2 ** 22 + 1, "/no/proc"), "gone");
  t.is(lookAtProcess(0, "/no/proc"), "gone");
});

test("busybox's ps, or none at all, does not let a process seem gone", async (t) => {
  const program = `import { lookAtProcess } from ${JSON.stringify(join(root, "bundle/process.ts"))};
    process.stdout.write(JSON.stringify(lookAtProcess(process.pid, "/no/proc")));`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  const empty = await execa(process.execPath, args, { env: { PATH: folder(t) }, extendEnv: false });
  t.is(empty.stdout, '"hidden"');
  const bare = await execa(process.execPath, args, { env: { PATH: bareTools(folder(t)) }, extendEnv: false });
  t.not(bare.stdout, '"gone"');
});

test("a Mac's ps tells the whole path of a command; a zombie is gone", (t) => {
  t.deepEqual(parsePs("S+   Sat Nov 28 01:45:57 2026     /opt/homebrew/bin/pulumi\n"), {
    command: "pulumi",
    startedAt: new Date(2026, 10, 28, 1, 45, 57),
  });
  t.is(parsePs("Z    Sat Nov  7 01:45:57 2026     (pulumi)\n"), "gone");
  t.is(parsePs("ps: unrecognized option: p\n"), undefined);
});

test("a process is listed with all that it started, whatever that is called, and with nobody else's", async (t) => {
  const odd = join(folder(t), ") S 1 (");
  symlinkSync(onPath("bash") ?? "", odd);
  const child = spawn("bash", ["-c", `"$0" -c "sleep 60; :" & echo begun; wait`, odd], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.teardown(() => process.kill(-(child.pid ?? Number.NaN), "SIGKILL"));
  await once(child.stdout, "data");
  const below = (): string[] =>
    listTree(child.pid ?? 0)
      .slice(1)
      .map(({ args }) => args.join(" "));
  for (let tries = 0; below().length < 2 && tries < 50; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  t.deepEqual(below(), [`${odd} -c sleep 60; :`, "sleep 60"]);
  t.deepEqual(listTree(child.pid ?? 0, "/nowhere"), []);
});

test("a lock of links is held by one at a time", async (t) => {
  const link = join(folder(t), "x.holder");
  const order: string[] = [];
  await Promise.all(
    ["a", "b", "c"].map(async (name) => {
      const release = await holdByLink(link);
      order.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} out`);
      release();
    }),
  );
  for (let at = 0; at < order.length; at += 2) t.is(order[at]?.split(" ")[0], order[at + 1]?.split(" ")[0]);
  t.false(existsSync(link));
});

test("the lock of a process that was killed is taken over, also where its id is another's by now", async (t) => {
  const link = join(folder(t), "x.holder");
  const child = spawn("sleep", ["60"]);
  symlinkSync(`${child.pid} 00`, link);
  child.kill("SIGKILL");
  await once(child, "exit");
  const release = await holdByLink(link);
  t.regex(readlinkSync(link), new RegExp(`^${process.pid} `));
  release();
  // This process began long after the link was made.
  symlinkSync(`${process.pid} 00`, link);
  execFileSync("touch", ["-h", "-d", "2001-01-01", link]);
  (await holdByLink(link))();
  t.deepEqual(readdirSync(join(link, "..")), []);
});

test("what is made is locked without a flock", async (t) => {
  const dir = folder(t);
  const program = `import { withLock } from ${JSON.stringify(join(root, "bundle/lock.ts"))};
    import { readdirSync } from "node:fs";
    await withLock("locks/x", async () => process.stdout.write(readdirSync("locks").join()));`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  // onPath looks where root's programs are as well: a root folder of its own would take a chroot.
  const hidden = ["/usr/sbin/flock", "/sbin/flock"].some((file) => existsSync(file));
  const { stdout } = await execa(process.execPath, args, { cwd: dir, env: { PATH: bareTools(dir) }, extendEnv: false });
  t.is(stdout, hidden ? "x" : "x.holder");
  t.false(existsSync(join(dir, "locks", "x.holder")));
});

test("keys are made where there is no /dev/shm, in a folder of the user's own that is gone afterwards", async (t) => {
  const dir = folder(t);
  const [platforms, temporary] = [join(dir, "platforms"), join(dir, "tmp")];
  for (const made of [platforms, temporary]) mkdirSync(made);
  copyFileSync(join(root, "platforms", "keys.sh"), join(platforms, "keys.sh"));
  const memory = readFileSync(join(root, "platforms", "memory.sh"), "utf8");
  t.true(memory.includes("root=/dev/shm"));
  writeFileSync(join(platforms, "memory.sh"), memory.replace("root=/dev/shm", "root=/no/shm"));
  const bin = bareTools(dir);
  // Tells how the folder looks while the key is made.
  const keygen = onPath("ssh-keygen") ?? "";
  rmSync(join(bin, "ssh-keygen"));
  writeFileSync(
    join(bin, "ssh-keygen"),
    `#!/bin/sh\nls -ld ${temporary}/podnet:* >>${dir}/seen\nexec ${keygen} "$@"\n`,
    {
      mode: 0o755,
    },
  );
  symlinkSync(onPath("ls") ?? "", join(bin, "ls"));
  const env = { PATH: bin, TMPDIR: temporary, STACK: "keys-test", COMMENT: "someone" };
  const { stdout } = await execa(onPath("bash") ?? "", [join(platforms, "keys.sh")], { env, extendEnv: false });
  t.regex((JSON.parse(stdout) as { publicKey: string }).publicKey, /^ssh-ed25519 \S+ someone$/);
  t.regex(readFileSync(join(dir, "seen"), "utf8"), /^drwx------ /);
  t.deepEqual(readdirSync(temporary), []);
  t.true(statSync(temporary).isDirectory());
});
