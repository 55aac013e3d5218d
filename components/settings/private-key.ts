import { createPrivateKey, type KeyObject } from "node:crypto";

const begin = "-----BEGIN OPENSSH PRIVATE KEY-----";

/**
 * A private key in a form that every SSH client here reads: OpenSSH's own, or the older one of RSA and EC keys. What stands around it is left
 * out, and PKCS#8, which `openssl genpkey` and cloud consoles write, is converted. A problem's words never show the key.
 */
export function readPrivateKey(text: string): { readonly key: string } | { readonly problem: string } {
  if (/^PuTTY-User-Key-File-/m.test(text))
    return { problem: "is PuTTY's; write it as OpenSSH's: puttygen KEY -O private-openssh -o FILE" };
  const [block, kind, body = ""] =
    /-----BEGIN ((?:OPENSSH |RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY)-----([\s\S]*?)-----END \1-----/.exec(
      text.replaceAll("\r", ""),
    ) ?? [];
  if (block === undefined) return { problem: `is not a private key; write one that begins with ${begin}` };
  if (locked(kind, body)) {
    return {
      problem:
        "is locked by a passphrase; use a key without one, or a copy that: ssh-keygen -p -N '' -f COPY has unlocked",
    };
  }
  if (kind !== "PRIVATE KEY") return { key: `${block}\n` };
  try {
    return { key: fromPkcs8(createPrivateKey(block)) };
  } catch {
    return {
      problem: "holds no RSA, EC or Ed25519 key that can be read; make one: ssh-keygen -t ed25519 -N '' -f FILE",
    };
  }
}

/** OpenSSH's form names the cipher after its magic word and a length of four bytes. */
function locked(kind: string | undefined, body: string): boolean {
  if (kind !== "OPENSSH PRIVATE KEY") return kind === "ENCRYPTED PRIVATE KEY" || body.includes("ENCRYPTED");
  const bytes = Buffer.from(body, "base64");
  const start = "openssh-key-v1\0".length + 4;
  return bytes.subarray(start, start + 4).toString() !== "none";
}

function fromPkcs8(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ format: "pem", type: "pkcs1" }).toString();
    case "ec":
      return key.export({ format: "pem", type: "sec1" }).toString();
    case "ed25519":
      return openssh(key);
    default:
      throw new Error(`no SSH client takes a key of the type ${String(key.asymmetricKeyType)}`);
  }
}

/** An Ed25519 key has no older form: OpenSSH's file, as its PROTOCOL.key describes it, without a passphrase. */
function openssh(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const [open, seed] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
  const number = (value: number): Buffer => Buffer.from([value >> 24, value >> 16, value >> 8, value]);
  const field = (value: Buffer | string): Buffer => Buffer.concat([number(value.length), Buffer.from(value)]);
  const name = field("ssh-ed25519");
  // A reader compares the two check numbers to see that it has deciphered well; nothing is enciphered here.
  const secret = Buffer.concat([
    number(1),
    number(1),
    name,
    field(open),
    field(Buffer.concat([seed, open])),
    field(""),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[field("none"), field("none"), field(""), number(1)],
    field(Buffer.concat([name, field(open)])),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return [begin, ...lines, begin.replace("BEGIN", "END"), ""].join("\n");
}
