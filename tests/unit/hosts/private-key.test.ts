// Proves that a key of each form people have becomes one that both SSH clients here read, or is refused in words that say what to do.
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import ssh2 from "ssh2";
import { readPrivateKey } from "../../../components/settings/private-key.ts";

const folder = mkdtempSync(join(tmpdir(), "podnet-test-keys-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));
const pkcs8 = (key: KeyObject): string => key.export({ format: "pem", type: "pkcs8" }).toString();
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const made = {
  "an Ed25519 key in PKCS#8": pkcs8(generateKeyPairSync("ed25519").privateKey),
  "an RSA key in PKCS#8": pkcs8(rsa),
  "an EC key in PKCS#8": pkcs8(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
  "a key with text above its header": `Bag Attributes\n    friendlyName: mine\n${rsa.export({ format: "pem", type: "pkcs1" }).toString()}`,
  "a key with the line ends of Windows": pkcs8(rsa).replaceAll("\n", "\r\n"),
};

/** What OpenSSH takes for the public half. */
function publicHalf(name: string, key: string): string {
  const file = join(folder, name.replaceAll(/\W/g, ""));
  writeFileSync(file, key, { mode: 0o600 });
  chmodSync(file, 0o600);
  return execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim();
}

for (const [what, text] of Object.entries(made)) {
  test(`${what} is read by both SSH clients, as the same key`, (t) => {
    const read = readPrivateKey(text);
    if (!("key" in read)) return t.fail(read.problem);
    const parsed = ssh2.utils.parseKey(read.key);
    if (parsed instanceof Error) return t.fail(parsed.message);
    const [kind, base64] = publicHalf(what, read.key).split(" ");
    t.deepEqual([parsed.type, parsed.getPublicSSH().toString("base64")], [kind, base64]);
  });
}

test("OpenSSH's own form stays as it is", (t) => {
  const file = join(folder, "own");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  const text = readFileSync(file, "utf8");
  t.deepEqual(readPrivateKey(text), { key: text });
});

for (const [what, text, problem] of [
  [
    "a key that nothing here can use",
    pkcs8(generateKeyPairSync("x25519").privateKey),
    /^holds no RSA, EC or Ed25519 key/,
  ],
  [
    "a locked PKCS#8 key",
    rsa.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" }).toString(),
    /^is locked by a passphrase; .*ssh-keygen -p -N '' -f COPY/,
  ],
  ["PuTTY's form", "PuTTY-User-Key-File-3: ssh-ed25519\n", /^is PuTTY's; .*puttygen/],
] as const) {
  test(`${what} is refused with what to do`, (t) => {
    const read = readPrivateKey(text);
    t.regex("problem" in read ? read.problem : "", problem);
  });
}
