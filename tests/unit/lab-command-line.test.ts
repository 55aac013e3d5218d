// Proves how ./lab reads its words and says its variables; not that a shell or pulumi then does the right thing.
import { readFileSync } from "node:fs";
import test from "ava";
import { split, verbatim } from "../../cli/command-line.ts";
import { verbs } from "../../cli/verbs/table.ts";
import { exportLines } from "../../cli/verbs/env.ts";
import { pathWith } from "../../bundle/tools.ts";
import { commandIn, namedIn } from "../../cli/verbs/pulumi.ts";
import { recentEnough } from "../../cli/stack/pulumi.ts";
import { pick, sshArguments } from "../../cli/verbs/ssh.ts";
import { prepareLive, prepareStrangers } from "../../cli/test/live.ts";
import { choose } from "../../cli/verbs/test.ts";

test("kubectl and pulumi get their words as they were typed, -s and -- among them", (t) => {
  const words = ["-s", "https://elsewhere", "exec", "pod", "--", "sh", "-c", "a b"];
  t.deepEqual(split(["kubectl", ...words]), { kind: "verbatim", verb: "kubectl", stack: undefined, args: words });
});

test("-s before a verbatim verb names the stack", (t) => {
  const expected = { kind: "verbatim", verb: "pulumi", stack: "two", args: ["up", "--yes"] };
  t.deepEqual(split(["-s", "two", "pulumi", "up", "--yes"]), expected);
  t.deepEqual(split(["--stack", "two", "pulumi", "up", "--yes"]), expected);
  t.deepEqual(split(["--stack=two", "pulumi", "up", "--yes"]), expected);
});

test("a stack called like a verb is not taken for one", (t) => {
  t.deepEqual(split(["-s", "kubectl", "up"]), { kind: "own", args: ["-s", "kubectl", "up"] });
});

test("no verb takes a stack's name that would lead out of the stacks' folder", (t) => {
  const message = /^--stack "\.\.\/x" is no name; write letters/;
  for (const verb of verbatim) t.throws(() => split(["-s", "../x", verb, "version"]), { message });
});

test("./lab help names every verb", (t) => {
  const text = readFileSync(new URL("../../cli/help.txt", import.meta.url), "utf8");
  for (const name of [...verbs.map((verb) => verb.name), ...verbatim])
    t.regex(text, new RegExp(`^  \\./lab ${name} `, "m"));
});

test("the lab's own verbs keep all words", (t) => {
  t.deepEqual(split(["ssh", "k8s-worker1", "kubectl", "version"]), {
    kind: "own",
    args: ["ssh", "k8s-worker1", "kubectl", "version"],
  });
  t.deepEqual(split([]), { kind: "own", args: [] });
});

test("pulumi's command is found behind its options too", (t) => {
  t.is(commandIn(["config", "set", "workers", "3"]), "config");
  t.is(commandIn(["-s", "vm", "config", "set", "workers", "3"]), "config");
  t.is(commandIn(["--stack=vm", "--non-interactive", "up"]), "up");
  t.is(commandIn(["--version"]), undefined);
});

test("the stack that pulumi's own words name is the one whose file is kept", (t) => {
  t.is(namedIn(["up", "--stack", "two"]), "two");
  t.is(namedIn(["up", "--stack=two"]), "two");
  t.is(namedIn(["up", "-s", "two"]), "two");
  t.is(namedIn(["up", "--yes"]), undefined);
});

test("a variable survives eval whatever its value holds", (t) => {
  t.deepEqual(exportLines({ A: "it's $HOME" }), ["export A='it'\\''s $HOME'"]);
});

test("PATH gets the lab's directories first, each once", (t) => {
  t.is(pathWith(["/lab", "/node"], "/usr/bin:/node:/bin"), "/lab:/node:/usr/bin:/bin");
});

test("a pulumi of 3.230 or newer is taken, an older or odd one is not", (t) => {
  t.true(recentEnough("v3.230.0\n"));
  t.true(recentEnough("v3.274.1-dev.0"));
  t.true(recentEnough("v4.0.0"));
  t.false(recentEnough("v3.229.9"));
  t.false(recentEnough("something else"));
});

const node = { name: "k8s-worker1", role: "worker", address: "172.28.56.11", ssh: "ssh://root@127.0.0.1:32211" };

test("ssh checks the host key against the stack's, and uses none of the user's own settings", (t) => {
  const words = sshArguments(node, "/key", "/known");
  t.is(words.at(-1), "root@127.0.0.1");
  t.deepEqual(words.slice(0, 6), ["-F", "none", "-i", "/key", "-p", "32211"]);
  t.true(words.includes("StrictHostKeyChecking=yes"));
  t.true(words.includes("UserKnownHostsFile=/known"));
  t.true(words.includes("IdentitiesOnly=yes"));
});

test("an address in the state that ssh would take for an option is refused", (t) => {
  for (const ssh of ["ssh://-oProxyCommand=id@127.0.0.1:32211", "ssh://%2doProxyCommand=id@127.0.0.1:32211"])
    t.throws(() => sshArguments({ ...node, ssh }, "/key", "/known"), { message: /which is no address/ });
});

test("a mistyped node or tier is answered with the one that was meant", (t) => {
  t.is(pick([node], "k8s-worker1"), node);
  t.throws(() => pick([node], "k8s-worker2"), { message: 'no node "k8s-worker2"; did you mean k8s-worker1?' });
  t.throws(() => choose(["unit", "livee"]), { message: 'no tier "livee"; did you mean live?' });
  t.deepEqual(
    choose(["unit"]).map(({ name }) => name),
    ["unit"],
  );
  t.deepEqual(
    choose(["unit", "types", "unit"]).map(({ name }) => name),
    ["types", "unit"],
  );
  t.is(choose().length, 8);
});

test.serial("a user who is not root is told that some tiers need root, before anything is fetched", async (t) => {
  const { getuid } = process;
  t.teardown(() => Object.assign(process, { getuid }));
  process.getuid = () => 1000;
  await t.throwsAsync(prepareLive, {
    message: /which only root may; run it as root, or name the other tiers: \.\/lab test types lint /,
  });
  await t.throwsAsync(prepareStrangers, { message: /which only root may$/ });
});

test("a tier that takes half an hour runs when it is asked for, and not among all", (t) => {
  t.false(choose().some(({ name }) => name === "vm"));
  t.deepEqual(
    choose(["vm"]).map(({ name }) => name),
    ["vm"],
  );
});
