// Proves whom the command that ends a remote command's processes would signal, by a kill of its own that only says so. That it ends those
// that it should is tests/behaviours/stopping.test.ts, with a real sshd.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { signalSiblings } from "../../../packages/pulumi-plugins/command/remote/stop.ts";

const script = `kill() { echo "kill $*"; }; ${signalSiblings("KILL")}`;
/** Says whom it would signal, as a child of a shell in a file of that name, with one sibling; `then` is what that shell does meanwhile. */
function saidUnder(shell: string, folder: string, then: string): string {
  const file = join(folder, shell);
  const said = join(folder, "said");
  copyFileSync("/bin/sh", file);
  const line = `sleep 2 & (sleep 0.3; exec /bin/sh -c "$1" >"$2" 2>&1) & ${then}`;
  execFileSync(file, ["-c", line, "sh", script, said], { stdio: "ignore" });
  return said;
}

function folderFor(t: { teardown: (fn: () => void) => void }): string {
  const folder = mkdtempSync(join(tmpdir(), "podnet-stop-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("of a connection's processes the siblings are signalled, each with its group", (t) => {
  const said = saidUnder("sshd", folderFor(t), "wait $!");
  t.regex(readFileSync(said, "utf8"), /^kill -s KILL -- -\d+\n$/);
});

test("where the connection's process is gone nobody is: the shell's parent is then the machine's first process, and so is every service's", async (t) => {
  const said = saidUnder("sshd", folderFor(t), "exit 0");
  await sleep(1500);
  t.is(readFileSync(said, "utf8"), "");
});

test("nor where the parent is no connection, as one that takes in orphans is not", (t) => {
  const said = saidUnder("systemd", folderFor(t), "wait $!");
  t.is(readFileSync(said, "utf8"), "");
});
