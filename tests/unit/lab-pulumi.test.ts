// The user's own Pulumi, and what can be set before there is any. Its pulumi is a stand-in that tells a version.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { pulumiVariables } from "../../cli/stack/environment.ts";
import { findPulumi, pulumiEnvironment, pulumiOnPath } from "../../cli/stack/pulumi.ts";
import { settingIn, withSetting } from "../../cli/stack/set-config.ts";

function folderWith(t: ExecutionContext, programs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "podnet-own-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

test("the user's own pulumi is used with its language host", (t) => {
  const path = folderWith(t, { pulumi: "echo v3.274.1", "pulumi-language-nodejs": "" });
  t.deepEqual(pulumiOnPath(path), { file: join(path, "pulumi"), version: "v3.274.1" });
});

for (const [programs, problem] of [
  [{ pulumi: "echo v3.100.0", "pulumi-language-nodejs": "" }, "it is v3.100.0, and the lab needs v3.230 or newer"],
  [{ pulumi: "echo v3.274.1" }, "there is no pulumi-language-nodejs beside it"],
  [{ pulumi: "exit 1", "pulumi-language-nodejs": "" }, "it does not tell its version"],
] as const) {
  test(`one that is not used is not passed over in silence: ${problem}`, (t) => {
    const path = folderWith(t, programs);
    t.is(findPulumi(path)?.problem, problem);
    t.is(pulumiOnPath(path), undefined);
  });
}

test("a stale SSH agent does not reach Pulumi's plugins", (t) => {
  process.env["SSH_AUTH_SOCK"] = "/gone";
  const env = pulumiEnvironment({ file: "/p/pulumi", ours: true });
  t.is(env["SSH_AUTH_SOCK"], undefined);
});

test("a proxy of the user's is not asked to carry what engine, program and plugins say to each other", async (t) => {
  const https_proxy = "http://127.0.0.1:9";
  t.false("no_grpc_proxy" in pulumiVariables({}));
  t.is(pulumiVariables({ https_proxy, no_proxy: "corp.example" })["no_grpc_proxy"], "corp.example,127.0.0.1,localhost");
  // A client of the library that Pulumi's own code uses, and a server on loopback that answers nothing: to be connected is enough.
  const program = `const grpc = await import("@grpc/grpc-js");
    const server = new grpc.Server();
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      const client = new grpc.Client("127.0.0.1:" + port, grpc.credentials.createInsecure());
      client.waitForReady(Date.now() + Number(process.argv[1]), (error) => { console.log(error ? "no way" : "connected"); process.exit(); });
    });`;
  const connect = async (env: Record<string, string>, milliseconds: number): Promise<string> => {
    const args = ["--input-type=module", "--eval", program, String(milliseconds)];
    return (await execa(process.execPath, args, { env, cwd: join(import.meta.dirname, "../.."), stdin: "ignore" }))
      .stdout;
  };
  t.is(await connect({ https_proxy, no_proxy: "" }, 2000), "no way");
  t.is(await connect({ https_proxy, ...pulumiVariables({ https_proxy }) }, 30_000), "connected");
});

test("a mirror can be set before there is a Pulumi, as Pulumi would set it", (t) => {
  const setting = settingIn(["config", "set", "--path", 'mirrors.registries["docker.io"]', "https://hub.example"]);
  t.deepEqual(setting, { path: ["mirrors", "registries", "docker.io"], value: "https://hub.example" });
  const text = withSetting("config: # mine\n  pod-networking-lab:workers: 1\n", setting!);
  t.is(
    text,
    "config:\n  # mine\n  pod-networking-lab:workers: 1\n  pod-networking-lab:mirrors:\n    registries:\n      docker.io: https://hub.example\n",
  );
  const more = settingIn([
    "-s",
    "other",
    "config",
    "set",
    "--path",
    "pod-networking-lab:mirrors.downloads",
    "https://m.example",
  ]);
  t.regex(withSetting(text, more!), /registries:\n {6}docker\.io: .*\n {4}downloads: https:\/\/m\.example\n/);
  t.is(
    withSetting("", settingIn(["config", "set", "artifacts", "source"])!),
    "config:\n  pod-networking-lab:artifacts: source\n",
  );
  t.deepEqual(settingIn(["config", "set", "--path", "hosts[0].port", "22"]), { path: ["hosts", 0, "port"], value: 22 });
});

test("whatever only Pulumi can do is left to it", (t) => {
  for (const args of [
    ["config", "set", "--secret", "sshPrivateKey", "x"],
    ["config", "set", "sshPrivateKey"],
    ["config", "set", "aws:region", "eu-west-1"],
    ["config", "get", "mirrors"],
    ["config"],
    ["up"],
  ])
    t.is(settingIn(args), undefined, args.join(" "));
});
