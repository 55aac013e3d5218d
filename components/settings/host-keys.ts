import { spawnSync } from "node:child_process";

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

/**
 * The key that a known_hosts file has for a host, "type base64"; of several the kind most to be preferred. OpenSSH itself looks it up: it knows
 * hashes, patterns and what was revoked. It only reads, so a preview may ask it.
 * @throws Error when OpenSSH is not installed
 */
export function knownHostKey(text: string, host: string, port: number): string | undefined {
  const name = port === 22 ? host : `[${host}]:${port}`;
  // Node gives a program a socket for its standard input, which no path can open; cat makes it a pipe, and no file is written.
  const lookUp = 'cat | ssh-keygen -F "$1" -f /dev/stdin';
  const { status, stdout } = spawnSync("sh", ["-c", lookUp, "sh", name], { input: text, encoding: "utf8" });
  if (status === 127)
    throw new Error("ssh-keygen is missing; install OpenSSH's client: apt-get install openssh-client");
  const fields = stdout
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim().split(/\s+/));
  const revoked = new Set(fields.filter(([mark]) => mark === "@revoked").map(([, , , key]) => key));
  const found = fields.filter(
    ([names = "", kind = "", key = ""]) => !names.startsWith("@") && kinds.includes(kind) && !revoked.has(key),
  );
  const best = found.toSorted((one, other) => kinds.indexOf(one[1] ?? "") - kinds.indexOf(other[1] ?? ""))[0];
  return best && `${best[1]} ${best[2]}`;
}
