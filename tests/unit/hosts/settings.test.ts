import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import test from "ava";
import { checkSettings } from "../../../components/settings/settings.ts";
import type { Outside } from "../../../components/settings/hosts.ts";
import { defaults } from "../defaults.ts";

const opensshKey = (cipher: string): string => {
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    Buffer.from([0, 0, 0, cipher.length]),
    Buffer.from(cipher),
    Buffer.alloc(40),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
};
const publicKey = (seed: string): string => {
  const kind = "ssh-ed25519";
  const wire = Buffer.concat([
    Buffer.from([0, 0, 0, kind.length]),
    Buffer.from(kind),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, seed),
  ]);
  return `${kind} ${wire.toString("base64")}`;
};
const files: Record<string, string> = {
  "~/.ssh/id_ed25519": opensshKey("none"),
  "~/.ssh/locked": opensshKey("aes256-ctr"),
  "~/.ssh/other": opensshKey("none").replace("openssh", "openssh"),
  "~/.ssh/pkcs8": generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  "~/.ssh/notes": "remember the milk",
  "~/.ssh/known_hosts": ["192.0.2.10", "192.0.2.11", "[node.example.org]:2222"]
    .map((name) => `${name} ${publicKey(name)}\n`)
    .join(""),
};
const world: Outside = { read: (path) => files[path], isSecret: () => false };

const three = [
  { name: "worker1", role: "worker", address: "192.0.2.11", user: "ops" },
  { name: "boss", role: "control-plane", address: "192.0.2.10", privateAddress: "10.0.0.10" },
  {
    name: "worker2",
    role: "worker",
    address: "node.example.org",
    port: 2222,
    privateAddress: "10.0.0.12",
    privateKeyFile: "~/.ssh/other",
  },
];
const config = (hosts: unknown, change: Record<string, string> = {}): Record<string, string> => ({
  ...defaults,
  platform: "hosts",
  hosts: JSON.stringify(hosts),
  ...change,
});
const check = (hosts: unknown, change?: Record<string, string>, outside = world) =>
  checkSettings(config(hosts, change), "hosts", outside);

test("the list gives the nodes, the control plane first, with what the ssh keys give where a host says nothing", (t) => {
  const { settings, problems } = check(three);
  t.deepEqual(problems, []);
  t.deepEqual(
    settings?.nodes.map(({ name }) => name),
    ["boss", "worker1", "worker2"],
  );
  if (settings?.platform.kind !== "hosts") return t.fail();
  t.deepEqual(
    settings.platform.hosts.map(({ address, privateAddress, port, user, hostKey }) => [
      address,
      privateAddress,
      port,
      user,
      hostKey,
    ]),
    [
      ["192.0.2.10", "10.0.0.10", 22, "root", publicKey("192.0.2.10")],
      ["192.0.2.11", "192.0.2.11", 22, "ops", publicKey("192.0.2.11")],
      ["node.example.org", "10.0.0.12", 2222, "root", publicKey("[node.example.org]:2222")],
    ],
  );
});

test("a private key is a secret from the moment it is read: nothing that prints the settings shows it", (t) => {
  const { settings } = check(three);
  if (settings?.platform.kind !== "hosts") return t.fail();
  for (const { privateKey } of settings.platform.hosts) {
    t.regex(privateKey.reveal(), /PRIVATE KEY/);
    for (const shown of [
      JSON.stringify(settings),
      inspect(settings, { depth: 9, showHidden: true }),
      String(privateKey),
    ])
      t.notRegex(shown, /PRIVATE KEY/);
  }
});

for (const user of ["john.doe", "Admin", "machine$", "DOMAIN\\\\user"]) {
  test(`sshd judges whether ${user} may log in`, (t) => {
    t.deepEqual(check(three.map((host) => ({ ...host, user }))).problems, []);
  });
}

test("what does not apply to hosts is not asked for", (t) => {
  t.deepEqual(check(three, { workers: "0", machineCidr: "nonsense", portBase: "1" }).problems, []);
});

test("a key may stand in the config itself, encrypted", (t) => {
  const secret = { ...world, isSecret: () => true };
  t.deepEqual(
    check(three, { sshPrivateKey: files["~/.ssh/pkcs8"]!, sshPrivateKeyFile: "/nowhere" }, secret).problems,
    [],
  );
});

const one = (change: Record<string, unknown>): unknown[] => [three[1], { ...three[0], ...change }];
const refused: readonly (readonly [string, unknown, Record<string, string>, RegExp])[] = [
  ["no host", [], {}, /^hosts is empty, .* list one control-plane and 1 to 8 workers/],
  ["no control plane", [three[0]], {}, /^hosts has 0 with role "control-plane"; write exactly one$/],
  ["no worker", [three[1]], {}, /^hosts has 0 with role "worker"; write 1 to 8$/],
  [
    "a role of no kind",
    one({ role: "master" }),
    {},
    /^hosts\[1\]\.role is not an allowed value; write one of: control-plane, worker$/,
  ],
  ["a host without a name", one({ name: undefined }), {}, /^hosts\[1\]\.name is missing or not text/],
  ["a mistyped field", one({ adress: "x" }), {}, /^hosts\[1\]\.adress is not a config key; did you mean address\?$/],
  ["hosts that are no list", "boss", {}, /^hosts is missing or not a list/],
  ["a host that is a word", ["boss"], {}, /^hosts\[0\] is missing or not a map/],
  [
    "an address cut short",
    one({ address: "192.0.2" }),
    { sshKnownHosts: "~/.ssh/known_hosts" },
    /^hosts\[1\]\.address "192.0.2" is neither an IPv4 address nor a host name/,
  ],
  [
    "an address with a command",
    one({ address: "$(reboot)", privateAddress: "10.0.0.9" }),
    {},
    /^hosts\[1\]\.address "\$\(reboot\)" is neither/,
  ],
  [
    "a name to dial and no address for nodes",
    [three[1], { ...three[2], privateAddress: undefined }],
    {},
    /^hosts\[1\]\.address "node.example.org" is a name, .* set hosts\[1\]\.privateAddress/,
  ],
  [
    "a private address that is none",
    one({ privateAddress: "10.0.0" }),
    {},
    /^hosts\[1\]\.privateAddress "10.0.0" is not an IPv4 address/,
  ],
  [
    "a port that is none",
    one({ port: 70000, hostKey: publicKey("x") }),
    {},
    /^hosts\[1\]\.port 70000 is not a TCP port/,
  ],
  [
    "a user that is an option",
    one({ user: "-oProxyCommand=x" }),
    {},
    /^hosts\[1\]\.user "-oProxyCommand=x" is not a login/,
  ],
  ["a user with a space", one({ user: "o ps" }), {}, /^hosts\[1\]\.user "o ps" is not a login name/],
  [
    "a user of all hosts",
    [{ ...three[0], user: undefined }, three[1]],
    { sshUser: "" },
    /^sshUser "" is not a login name/,
  ],
  [
    "a name twice",
    [...three, { ...three[0], address: "192.0.2.10", privateAddress: "10.0.0.1" }],
    {},
    /^hosts\[3\]\.name "worker1" stands twice/,
  ],
  [
    "an address twice",
    one({ address: "192.0.2.11", privateAddress: "10.0.0.10" }),
    {},
    /^hosts\[1\]\.privateAddress "10.0.0.10" stands twice/,
  ],
  [
    "a key file that is not there",
    one({ privateKeyFile: "/x" }),
    {},
    /^hosts\[1\]\.privateKeyFile "\/x" cannot be read/,
  ],
  [
    "a key file for all that is not there",
    three,
    { sshPrivateKeyFile: "/x" },
    /^sshPrivateKeyFile "\/x" cannot be read/,
  ],
  ["a locked key", one({ privateKeyFile: "~/.ssh/locked" }), {}, /"~\/.ssh\/locked" is locked by a passphrase/],
  [
    "a file that is no key",
    one({ privateKeyFile: "~/.ssh/notes" }),
    {},
    /^hosts\[1\]\.privateKeyFile "~\/.ssh\/notes" is not a private key; write one that begins/,
  ],
  ["a key in plain text", three, { sshPrivateKey: opensshKey("none") }, /^sshPrivateKey stands in plain text/],
  [
    "a host's key in plain text",
    one({ privateKey: opensshKey("none") }),
    {},
    /^hosts\[\]\.privateKey stands in plain text/,
  ],
  [
    "a fingerprint as host key",
    one({ hostKey: "SHA256:abc" }),
    {},
    /^hosts\[1\]\.hostKey "SHA256:abc" is a fingerprint/,
  ],
  [
    "a host key cut short",
    one({ hostKey: "ssh-ed25519 AAAA" }),
    {},
    /^hosts\[1\]\.hostKey "ssh-ed25519 AAAA" is cut or mistyped/,
  ],
  [
    "a host that nobody vouches for",
    one({ address: "192.0.2.99" }),
    {},
    /^sshKnownHosts "~\/.ssh\/known_hosts" has no key of 192.0.2.99; set hosts\[1\]\.hostKey .* ssh -p 22 192.0.2.99/,
  ],
  [
    "a known_hosts file that is not there",
    one({ knownHosts: "/x" }),
    {},
    /^hosts\[1\]\.knownHosts "\/x" cannot be read/,
  ],
];
for (const [what, hosts, change, message] of refused) {
  test(`${what} is refused with key, value, rule and remedy`, (t) => {
    const { settings, problems } = check(hosts, change);
    t.is(settings, undefined);
    const told = problems.filter((problem) => message.test(problem));
    t.is(told.length, 1, problems.join("\n"));
  });
}

test("no message shows a private key", (t) => {
  const marker = "c2VjcmV0IG1hdGVyaWFs";
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${marker}\n-----END OPENSSH PRIVATE KEY-----\n`;
  const hosts = [{ ...three[0], privateKey: key, extra: 1 }, { ...three[1], privateKey: 5, role: key }, 7];
  for (const change of [{}, { sshPrivateKey: key }] as Record<string, string>[]) {
    for (const list of [hosts, hosts.slice(0, 1)]) {
      const { problems } = check(list, change);
      t.true(problems.length > 0);
      t.false(problems.join("\n").includes(marker), problems.join("\n"));
    }
  }
});
