// Proves what a failure's text may hold. It does not prove that every failure goes through it: see tests/behaviours.
import test from "ava";
import { abridged, failure, quoted, redactor } from "../../../packages/pulumi-plugins/command/redact.ts";

test("a secret is taken out wherever it stands", (t) => {
  const redact = redactor(["hunter2-token"]);
  t.is(redact("token=hunter2-token; hunter2-token!"), "token=[secret]; [secret]!");
});

test("long lines of a secret are taken out one by one, short ones are too common", (t) => {
  const redact = redactor(["-----BEGIN KEY-----\nabcdefghijklmnop\nno\n-----END KEY-----\n"]);
  t.is(redact("no luck with abcdefghijklmnop"), "no luck with [secret]");
});

test("a secret of a few letters is not searched for", (t) => {
  t.is(redactor(["yes", ""])("yes, yes"), "yes, yes");
});

test("the longer of two secrets goes first", (t) => {
  t.is(redactor(["secret", "secret-and-more"])("secret-and-more secret"), "[secret] [secret]");
});

test("a secret command is not quoted", (t) => {
  t.is(failure("exit status 1", { text: "echo x", secret: true }, "out\n"), "exit status 1: running [secret]:\nout\n");
});

test("what a terminal would obey is shown, not sent: a machine prints what it likes", (t) => {
  t.is(
    failure("exit status 1", { text: "echo", secret: false }, "\u001b]0;title\u0007\u009b2J\tred\r\n"),
    'exit status 1: running "echo":\n\ufffd]0;title\ufffd\ufffd2J\tred\n',
  );
});

test("a command is quoted as Go does", (t) => {
  t.is(quoted('a "b" \\ \n\t\x01 é'), '"a \\"b\\" \\\\ \\n\\t\\x01 é"');
});

test("a long text keeps its beginning and its end", (t) => {
  const text = abridged(`first ${"x".repeat(200_000)} last`);
  t.true(text.startsWith("first "));
  t.true(text.endsWith(" last"));
  t.regex(text, /\[\.\.\. \d+ bytes left out \.\.\.\]/);
  t.true(text.length < 32_000);
});
