import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { hostKeyProblem, knownHostKey } from "../../../components/settings/host-keys.ts";

const folder = mkdtempSync(join(tmpdir(), "podnet-test-host-keys-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const make = (kind: string): string => {
  execFileSync("ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", "", "-f", join(folder, kind)]);
  return readFileSync(join(folder, `${kind}.pub`), "utf8").trim();
};
const [ed25519, ecdsa, rsa] = [make("ed25519"), make("ecdsa"), make("rsa")];

test("a host is found by name, by address, by port, in a list, by a pattern and by its hash", (t) => {
  t.is(knownHostKey(`192.0.2.1 ${ed25519}\n`, "192.0.2.1", 22), ed25519);
  t.is(knownHostKey(`[192.0.2.1]:2222 ${ed25519}`, "192.0.2.1", 2222), ed25519);
  t.is(knownHostKey(`a.example,192.0.2.1 ${ed25519} a comment`, "192.0.2.1", 22), ed25519);
  t.is(knownHostKey(`*.example.org ${ed25519}`, "a.example.org", 22), ed25519);
  t.is(knownHostKey(`192.0.2.1 ${ed25519}`, "192.0.2.1", 2222), undefined, "another port may be another machine");
  t.is(knownHostKey(`192.0.2.10 ${ed25519}`, "192.0.2.1", 22), undefined);
  t.is(knownHostKey(`192a0b2c1 ${ed25519}`, "192.0.2.1", 22), undefined);
});

test("hashed lines are read as ssh-keygen writes them", (t) => {
  const file = join(folder, "known_hosts");
  execFileSync("sh", [
    "-c",
    `printf '%s\\n' '192.0.2.7 ${ed25519}' '[192.0.2.8]:2200 ${ecdsa}' >"$1"; ssh-keygen -q -H -f "$1"`,
    "sh",
    file,
  ]);
  const text = readFileSync(file, "utf8");
  t.true(text.startsWith("|1|"));
  t.is(knownHostKey(text, "192.0.2.7", 22), ed25519);
  t.is(knownHostKey(text, "192.0.2.8", 2200), ecdsa);
  t.is(knownHostKey(text, "192.0.2.9", 22), undefined);
});

test("of several keys the strongest kind is taken, and none that was revoked or is an authority's", (t) => {
  t.is(knownHostKey(`h ${rsa}\nh ${ecdsa}\nh ${ed25519}\n`, "h", 22), ed25519);
  t.is(knownHostKey(`h ${rsa}\nh ${ed25519}\n@revoked * ${ed25519}\n`, "h", 22), rsa);
  t.is(knownHostKey(`@cert-authority * ${ed25519}\n# h ${ed25519}\n\n`, "h", 22), undefined);
  t.is(knownHostKey(`*,!h ${ed25519}`, "h", 22), undefined);
});

test("a key that the user wrote is looked at", (t) => {
  for (const key of [ed25519, ecdsa, rsa]) t.is(hostKeyProblem(`${key} root@host`), undefined);
  t.regex(hostKeyProblem("SHA256:4dabf18193072939515e22adb298388d") ?? "", /is a fingerprint/);
  t.regex(hostKeyProblem("nonsense") ?? "", /is not an OpenSSH public key/);
  t.regex(hostKeyProblem(`ssh-rsa ${ed25519.split(" ")[1]}`) ?? "", /is cut or mistyped/);
});
