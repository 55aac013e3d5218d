// States how inputs are checked, which changes update or replace, and what a preview promises. Nothing is run here.
import test from "ava";
import {
  archive,
  asset,
  hasUnknown,
  isSecret,
  isUnknown,
  Plugin,
  reveal,
  secret,
  unknownString,
  type Properties,
} from "./plugin.ts";

const official = Boolean(process.env.COMMAND_PLUGIN);
let plugin: Plugin;
test.before(async () => {
  plugin = await Plugin.start();
});
test.after.always(async () => plugin?.stop());

const connection = { host: "10.0.0.1" };
const fullConnection = { host: "10.0.0.1", port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };

test("check fills in a connection's defaults and makes it secret", async (t) => {
  const { inputs, failures } = await plugin.check("remote:Command", { create: "x", connection });
  t.deepEqual(failures, []);
  t.deepEqual(inputs, { create: "x", connection: secret(fullConnection) });
});

test("what is given wins over the defaults, and a proxy gets its own", async (t) => {
  const given = { host: "h", port: 2222, user: "ops", dialErrorLimit: -1, perDialTimeout: 0, proxy: { host: "p" } };
  const { inputs } = await plugin.check("remote:Command", { create: "x", connection: given });
  t.deepEqual(reveal(inputs.connection), { ...given, proxy: { ...fullConnection, host: "p" } });
});

test("secrets inside a connection are kept through a check", async (t) => {
  const { inputs } = await plugin.check("remote:Command", {
    create: "x",
    connection: { host: "h", password: secret("p") },
  });
  t.true(isSecret(inputs.connection));
  t.is(reveal((reveal(inputs.connection) as Properties).password), "p");
});

// Of a connection that is unknown as a whole the official plugin returns the defaults and no host; the engine puts the unknown back.
test(`an unknown passes a check${official ? ", but a whole connection" : ""}`, async (t) => {
  const { inputs, failures } = await plugin.check("remote:Command", {
    create: unknownString,
    connection: secret(unknownString),
  });
  t.deepEqual(failures, []);
  t.true(isUnknown(inputs.create));
  t.is(hasUnknown(inputs.connection), !official);
});

test("a missing connection is refused, by name", async (t) => {
  const { failures } = await plugin.check("remote:Command", { create: "x" });
  t.is(failures.length, 1);
  t.regex(failures[0]!.property + failures[0]!.reason, /connection/);
});

test("an input of the wrong type is refused, by name", async (t) => {
  const { failures } = await plugin.check("local:Command", { create: ["x"] });
  t.is(failures.length, 1);
  t.regex(failures[0]!.property + failures[0]!.reason, /create/);
});

test("an unknown field of a connection is refused without its value", async (t) => {
  const { failures } = await plugin.check("remote:Command", {
    create: "x",
    connection: { host: "h", privatKey: "THE KEY" },
  });
  t.true(failures.length > 0);
  t.notRegex(JSON.stringify(failures), /THE KEY/);
});

for (const [what, source, refused] of [
  ["a file asset", asset({ path: "/f", hash: "1" }), false],
  ["a text asset", asset({ text: "t", hash: "1" }), false],
  ["a remote asset", asset({ uri: "https://example.com/f", hash: "1" }), true],
  ["a file archive", archive({ path: "/d", hash: "1" }), false],
  ["an archive of assets", archive({ assets: {}, hash: "1" }), true],
] as const) {
  test(`CopyToRemote ${refused ? "refuses" : "takes"} ${what}`, async (t) => {
    const { failures } = await plugin.check("remote:CopyToRemote", { connection, source, remotePath: "/r" });
    t.is(failures.length > 0, refused, JSON.stringify(failures));
  });
}

test("the same inputs are no change", async (t) => {
  const inputs = { create: "x", environment: { A: "1" }, triggers: [1, "a", { b: true }] };
  const difference = await plugin.diff("local:Command", { ...inputs, stdout: "o", stderr: "" }, inputs);
  t.deepEqual(difference, { changed: false, paths: {}, replaces: [] });
});

test("an output is no input: it does not count", async (t) => {
  t.false((await plugin.diff("local:Command", { create: "x", stdout: "o", stderr: "e" }, { create: "x" })).changed);
});

for (const [what, before, after, path, kind] of [
  ["a changed create", { create: "1" }, { create: "2" }, "create", "update"],
  ["a changed delete", { create: "1", delete: "1" }, { create: "1", delete: "2" }, "delete", "update"],
  ["a new update command", { create: "1" }, { create: "1", update: "2" }, "update", "add"],
  ["a dropped stdin", { create: "1", stdin: "a" }, { create: "1" }, "stdin", "delete"],
  [
    "a changed variable",
    { environment: { A: "1", B: "1" } },
    { environment: { A: "2", B: "1" } },
    "environment.A",
    "update",
  ],
  ["a changed interpreter", { interpreter: ["a", "b"] }, { interpreter: ["a", "c"] }, "interpreter[1]", "update"],
] as const) {
  test(`${what} updates`, async (t) => {
    t.deepEqual(await plugin.diff("local:Command", before as never, after as never), {
      changed: true,
      paths: { [path]: kind },
      replaces: [],
    });
  });
}

test("a changed connection updates", async (t) => {
  const state = { create: "x", connection: secret(fullConnection), stdout: "", stderr: "" };
  const difference = await plugin.diff("remote:Command", state, {
    create: "x",
    connection: secret({ ...fullConnection, port: 23 }),
  });
  t.true(difference.changed);
  t.deepEqual(difference.replaces, []);
  t.deepEqual(Object.keys(difference.paths), ["connection"]);
});

test("new triggers replace", async (t) => {
  const difference = await plugin.diff("local:Command", { create: "x" }, { create: "x", triggers: ["a"] });
  t.deepEqual(difference, { changed: true, paths: { triggers: "add-replace" }, replaces: ["triggers"] });
});

test("a changed trigger is a change of that trigger", async (t) => {
  // The SDK asks the engine to replace on triggers[*], whatever the plugin calls the change: see engine.test.ts.
  const difference = await plugin.diff("local:Command", { triggers: ["a", "b"] }, { triggers: ["a", "c"] });
  t.true(difference.changed);
  t.deepEqual(Object.keys(difference.paths), ["triggers[1]"]);
});

test("a trigger that is a file changes with its content only", async (t) => {
  const before = { triggers: [asset({ path: "/a", hash: "1" })] };
  t.false((await plugin.diff("local:Command", before, { triggers: [asset({ path: "/b", hash: "1" })] })).changed);
  t.true((await plugin.diff("local:Command", before, { triggers: [asset({ path: "/a", hash: "2" })] })).changed);
});

test("a value that becomes secret is a change, or it would stay in the clear", async (t) => {
  t.true(
    (await plugin.diff("local:Command", { create: "x", stdin: "s" }, { create: "x", stdin: secret("s") })).changed,
  );
  t.false(
    (await plugin.diff("local:Command", { create: "x", stdin: secret("s") }, { create: "x", stdin: secret("s") }))
      .changed,
  );
});

test("an ignored change is none", async (t) => {
  t.false((await plugin.diff("local:Command", { create: "1" }, { create: "2" }, ["create"])).changed);
});

test("CopyToRemote: source and remotePath update, triggers replace", async (t) => {
  const state = { connection: secret(fullConnection), source: asset({ path: "/f", hash: "1" }), remotePath: "/r" };
  const changed = { ...state, source: asset({ path: "/f", hash: "2" }), remotePath: "/s" };
  const difference = await plugin.diff("remote:CopyToRemote", state, changed);
  t.deepEqual(Object.keys(difference.paths).sort(), ["remotePath", "source"]);
  t.deepEqual(difference.replaces, []);
  t.deepEqual((await plugin.diff("remote:CopyToRemote", state, { ...state, triggers: [1] })).replaces, ["triggers"]);
});

test("a previewed create runs nothing; its outputs are unknown, its inputs known", async (t) => {
  const { state } = await plugin.create(
    "local:Command",
    { create: "touch /tmp/previewed; exit 1", stdin: secret("s") },
    { preview: true },
  );
  t.true(isUnknown(state.stdout));
  t.true(isUnknown(state.stderr));
  t.like(state, { create: "touch /tmp/previewed; exit 1", stdin: secret("s") });
});

test("a secret connection makes no output secret", async (t) => {
  const { state } = await plugin.create(
    "remote:Command",
    { create: "x", connection: secret(fullConnection) },
    { preview: true },
  );
  t.false(isSecret(state.stdout));
  t.true(isUnknown(state.stdout));
  t.true(isSecret(state.connection));
});

test("unknown inputs stay unknown through a preview", async (t) => {
  const { state } = await plugin.create(
    "local:Command",
    { create: "x", environment: { A: unknownString } },
    { preview: true },
  );
  t.true(hasUnknown(state.environment));
});

test("a previewed update with a changed input has unknown outputs", async (t) => {
  const state = { create: "1", stdout: "o", stderr: "e" };
  const after = await plugin.update("local:Command", state, { create: "2" }, { preview: true });
  t.is(after.create, "2");
  t.true(isUnknown(after.stdout));
  t.true(isUnknown(after.stderr));
});

test("a previewed update with an unknown input has unknown outputs", async (t) => {
  const state = { create: "1", stdin: "a", stdout: "o", stderr: "e" };
  t.true(
    isUnknown(
      (await plugin.update("local:Command", state, { create: "1", stdin: unknownString }, { preview: true })).stdout,
    ),
  );
});

test("a previewed copy dials nobody and promises its inputs", async (t) => {
  const inputs = {
    connection: secret({ ...fullConnection, host: "192.0.2.1" }),
    source: asset({ path: "/none", hash: "1" }),
    remotePath: "/r",
  };
  const { source, ...rest } = (await plugin.create("remote:CopyToRemote", inputs, { preview: true })).state;
  // The official plugin promises less of the source: that it is not known yet.
  t.deepEqual({ ...rest, source: isUnknown(source) ? inputs.source : source }, inputs);
});

test("the schema has the resources and the function, and says what is required, secret and replacing", async (t) => {
  const schema = (await plugin.schema()) as unknown as {
    resources: Record<
      string,
      { inputProperties: Record<string, { secret?: boolean; replaceOnChanges?: boolean }>; requiredInputs?: string[] }
    >;
    functions: Record<string, unknown>;
  };
  for (const token of ["command:local:Command", "command:remote:Command", "command:remote:CopyToRemote"]) {
    t.true(schema.resources[token]!.inputProperties.triggers!.replaceOnChanges, token);
  }
  const { inputProperties, requiredInputs } = schema.resources["command:remote:Command"]!;
  t.true(inputProperties.connection!.secret);
  t.deepEqual(requiredInputs, ["connection"]);
  t.true("command:local:run" in schema.functions);
});
