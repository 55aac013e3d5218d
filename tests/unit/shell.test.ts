import { execFileSync } from "node:child_process";
import test from "ava";
import { compose, quote } from "../../nodes/script.ts";
import { hostile } from "./hostile.ts";

function run(script: string, params: Record<string, string>, stdin?: string): string {
  const { command, stdin: input } = compose(script, params, "root", "test", stdin);
  return execFileSync("/bin/sh", ["-c", command], { encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] });
}

for (const value of hostile) {
  test(`a shell reads ${JSON.stringify(value)} back as it is`, (t) => {
    t.is(execFileSync("/bin/sh", ["-c", `printf %s ${quote(value)}`], { encoding: "utf8" }), value);
  });
  test(`a script gets the parameter ${JSON.stringify(value)} as it is`, (t) => {
    t.is(run('printf %s "$VALUE"', { VALUE: value }), value);
  });
  test(`a script gets ${JSON.stringify(value)} on standard input as it is`, (t) => {
    t.is(run("cat", {}, value), value);
  });
}

test("a parameter that is no variable's name is refused", (t) => {
  t.throws(() => compose("", { "x;reboot": "1" }, "root"), { message: /cannot be a shell variable/ });
});

test("a script stops at the first failing command, in a pipe too", (t) => {
  t.throws(() => run("false | cat; echo reached", {}), { message: /Command failed/ });
});

test("a user who is not root becomes root without a password prompt", (t) => {
  t.regex(compose("id", {}, "ubuntu").command, /^exec sudo -n bash -c /);
});

test("the command line is short and names the script: it is printed whole when the script fails", (t) => {
  t.is(compose("x".repeat(999), {}, "root", "join").command, 'exec bash -c "$(head -c 1018)" join.sh');
});
