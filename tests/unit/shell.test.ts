import { execFileSync } from "node:child_process";
import test from "ava";
import { commandLine, quote } from "../../components/remote/shell.ts";

const hostile = [
  "plain",
  "",
  "two words",
  "it's",
  "''",
  '"double"',
  "$(touch /tmp/x)",
  "`id`",
  "$HOME",
  "a\nb",
  "back\\slash",
  "-n",
  "*",
  "~",
  "#no comment",
  "; exit 3",
  "&& false",
  "| cat",
  "> out",
  "!history",
  "ünïcödé 网络",
  "%s%d",
  "\ttab",
  "trailing\n",
  "'\\''",
];

for (const value of hostile) {
  test(`a shell reads ${JSON.stringify(value)} back as it is`, (t) => {
    t.is(execFileSync("/bin/sh", ["-c", `printf %s ${quote(value)}`], { encoding: "utf8" }), value);
  });
  test(`a script gets the parameter ${JSON.stringify(value)} as it is`, (t) => {
    const line = commandLine('printf %s "$VALUE"', { VALUE: value }, "root");
    t.is(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" }), value);
  });
}

test("a parameter that is no variable's name is refused", (t) => {
  t.throws(() => commandLine("", { "x;reboot": "1" }, "root"), { message: /cannot be a shell variable/ });
});

test("a script stops at the first failing command, in a pipe too", (t) => {
  const line = commandLine("false | cat; echo reached", {}, "root");
  t.throws(() => execFileSync("/bin/sh", ["-c", line], { encoding: "utf8", stdio: "pipe" }));
});

test("a user who is not root becomes root without a password prompt", (t) => {
  t.regex(commandLine("id", {}, "ubuntu"), /^exec sudo -n bash -c /);
});
