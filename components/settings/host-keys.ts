import { createHmac } from "node:crypto";

/** Kinds of host keys, the one to prefer first. */
const kinds = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

/** What is wrong with a host key that the user wrote; undefined for a good one. */
export function hostKeyProblem(line: string): string | undefined {
  const [kind = "", key = ""] = line.trim().split(/\s+/);
  if (/^SHA256:/.test(kind))
    return "is a fingerprint; write the whole public key, which the host has in /etc/ssh/ssh_host_ed25519_key.pub";
  if (!kinds.includes(kind)) return `is not an OpenSSH public key; write "type base64", such as "ssh-ed25519 AAAA..."`;
  // The key repeats its kind, after a length of four bytes.
  const named = Buffer.from(key, "base64")
    .subarray(4, 4 + kind.length)
    .toString();
  return named === kind
    ? undefined
    : `is cut or mistyped: its base64 is not that of an ${kind} key; copy the whole line`;
}

/** The key that a known_hosts file has for a host, "type base64"; the kind most to be preferred where it has several. */
export function knownHostKey(text: string, host: string, port: number): string | undefined {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const fields = lines.map((line) => line.split(/\s+/));
  const revoked = new Set(fields.filter(([mark]) => mark === "@revoked").map(([, , , key]) => key));
  const found = fields.filter(
    ([names = "", kind = "", key = ""]) =>
      !names.startsWith("@") && kinds.includes(kind) && !revoked.has(key) && matches(names, name),
  );
  const best = found.toSorted((one, other) => kinds.indexOf(one[1] ?? "") - kinds.indexOf(other[1] ?? ""))[0];
  return best && `${best[1]} ${best[2]}`;
}

/** Names are separated by commas, may hold * and ?, may be negated by !, or stand as a hash. */
function matches(names: string, name: string): boolean {
  if (names.startsWith("|1|")) {
    const [, , salt = "", sum = ""] = names.split("|");
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === sum;
  }
  const patterns = names.split(",");
  const fits = (pattern: string): boolean =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
      "i",
    ).test(name);
  if (patterns.some((pattern) => pattern.startsWith("!") && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && fits(pattern));
}
