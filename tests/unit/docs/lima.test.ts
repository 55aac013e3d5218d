// Proves that the Lima files and the stack file for them fit each other, that the commands in docs/hosts.md write host keys where the stack file
// looks for them, and that the lab accepts the result; and that the Lima files fit Lima's own schema. `limactl` is a stand-in that prints a key: no Mac and
// no Lima is here. Lima 2.2.0's own reading and checks of these files were run by hand: see docs/tried.md.
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { checkSettings } from "../../../components/settings/settings.ts";
import { readPage, root } from "./markdown.ts";

interface Lima {
  readonly base: string;
  readonly ssh: { readonly localPort: number };
  readonly param: { readonly address: string };
  readonly portForwards: readonly Readonly<Record<string, unknown>>[];
}
interface Node extends Omit<Lima, "base"> {
  readonly base: string;
  readonly minimumLimaVersion: string;
  readonly user: { readonly name: string };
  readonly networks: readonly unknown[];
  readonly provision: readonly { readonly script: string }[];
}
interface Host {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  readonly port: number;
  readonly privateAddress: string;
}

const read = (file: string): unknown => parseYaml(readFileSync(join(root, file), "utf8"));
const given = Object.fromEntries(
  Object.entries((read("Pulumi.lima.yaml.example") as { config: Record<string, unknown> }).config).map(
    ([key, value]) => [key.replace(/^pod-networking-lab:/, ""), value],
  ),
);
const hosts = given["hosts"] as readonly Host[];
const shared = read("docs/lima/node.yaml") as Node;

test("each host of the stack file is the Lima instance of that name, by port and address", (t) => {
  for (const host of hosts) {
    const lima = read(`docs/lima/${host.name}.yaml`) as Lima;
    t.is(lima.base, "node.yaml");
    t.is(host.address, "127.0.0.1", "Lima forwards to the Mac's own loopback");
    t.is(host.port, lima.ssh.localPort);
    t.is(host.privateAddress, lima.param.address);
  }
});

/** Of what Lima itself prints; it refuses keys that it does not know. */
const schema = z.fromJSONSchema(read("tests/transcripts/lima/schema-2.2.0.json") as Parameters<typeof z.fromJSONSchema>[0]);

for (const name of ["node", ...hosts.map((host) => host.name)])
  test(`${name}.yaml has the keys and kinds of values that Lima knows`, (t) => {
    const lima = read(`docs/lima/${name}.yaml`) as Record<string, unknown>;
    t.is(schema.safeParse(lima).error?.message, undefined);
    // What the schema is to refuse: a key that Lima has not, on top and within, and a value of another kind.
    t.false(schema.safeParse({ ...lima, portForward: [] }).success);
    t.false(schema.safeParse({ ...lima, portForwards: [{ guestPorts: 6443 }] }).success);
    t.false(schema.safeParse({ ...lima, memory: 4 }).success);
  });

test("what Lima's schema leaves open is as Lima's checks want it", (t) => {
  // Lima 2.0 has base and its templates; each parameter must be used, by a name of letters, digits and underscores.
  t.regex(shared.minimumLimaVersion, /^2\.\d+\.\d+$/);
  for (const host of hosts) {
    const lima = read(`docs/lima/${host.name}.yaml`) as Lima & { readonly memory: string };
    for (const name of Object.keys(lima.param)) t.true(shared.provision.some(({ script }) => script.includes(`PARAM_${name}`)));
    t.regex(lima.memory, /^\d+GiB$/);
    // An instance's name is that of its file, and is in its host name.
    t.regex(host.name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
  }
  t.is(new Set(hosts.map(({ port }) => port)).size, hosts.length);
  t.is(new Set(hosts.map(({ privateAddress }) => privateAddress)).size, hosts.length);
});

test("the control plane alone forwards a port, the API server's", (t) => {
  for (const { name, role } of hosts) {
    const { portForwards } = read(`docs/lima/${name}.yaml`) as Lima;
    const forwarded = portForwards.filter(({ ignore }) => ignore !== true);
    t.deepEqual(forwarded, role === "control-plane" ? [{ guestPort: 6443, hostPort: 6443 }] : []);
    t.deepEqual(portForwards.at(-1), { guestIP: "0.0.0.0", proto: "any", ignore: true });
  }
});

test("the instances have the user, the network and the addresses that the stack file counts on", (t) => {
  t.is(shared.user.name, String(given["sshUser"]));
  t.deepEqual(shared.networks, [{ lima: "user-v2" }]);
  t.regex(shared.provision[0]!.script, /\$PARAM_address\/24/);
  // The network that Lima gives user-v2 unless it is told otherwise; its own DHCP server begins at .2.
  for (const host of hosts) t.regex(host.privateAddress, /^192\.168\.104\.1\d\d$/);
});

test("the script that gives a node its address is sound shell", (t) => {
  t.is(execFileSync("bash", ["-n"], { input: shared.provision[0]!.script, encoding: "utf8" }), "");
});

const limasKey = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

test("with the host keys that the commands of the docs note, the lab accepts the stack file", (t) => {
  const home = mkdtempSync(join(tmpdir(), "podnet-lima-"));
  try {
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyqXf0BCUzoVqBqlqCcN7gF7kYDTgzkYMV3MbyLeQjP root@lima";
    mkdirSync(join(home, ".lima/_config"), { recursive: true });
    writeFileSync(join(home, "limactl"), `#!/bin/sh\n[ "$1" = shell ] && [ "$5" = cat ] || exit 9\necho "${key}"\n`);
    chmodSync(join(home, "limactl"), 0o755);
    for (const edition of ["docs/hosts.md", "docs/hosts.zh-CN.md"]) {
      const block = readPage(edition).codeBlocks.find(({ lines }) => lines.some((line) => line.includes("limactl shell")));
      execFileSync("bash", ["-euc", block!.lines.join("\n")], {
        env: { HOME: home, PATH: `${home}:${process.env["PATH"]}` },
        stdio: "ignore",
      });
      const defaults = (read("Pulumi.yaml") as { config: Record<string, { default: unknown }> }).config;
      const { settings, problems } = checkSettings(
        { ...Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, value.default])), ...given },
        "lima",
        {
          // Lima's key stands where Lima puts it; any key will do here.
          read: (path) =>
            path === "~/.lima/_config/user" ? limasKey : readFileSync(path.replace(/^~/, home), "utf8"),
          isSecret: () => false,
        },
      );
      t.deepEqual(problems, []);
      t.deepEqual(
        settings?.nodes.map(({ name }) => name),
        ["k8s-master", "k8s-worker1", "k8s-worker2"],
      );
    }
  } finally {
    rmSync(home, { recursive: true });
  }
});
