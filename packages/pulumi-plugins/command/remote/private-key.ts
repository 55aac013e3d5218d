// ssh2 reads OpenSSH's and the older PEM forms of a private key, but not PKCS#8 ("BEGIN PRIVATE KEY"), which is what Node,
// openssl and Pulumi's tls provider write. Such a key is turned into a form that it reads.
import { createPrivateKey, createPublicKey, randomBytes, type KeyObject } from "node:crypto";

export function opensshPrivateKey(pem: string, passphrase?: string): string {
  if (!/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(pem)) return pem;
  const key = createPrivateKey({ key: pem, ...(passphrase && { passphrase }) });
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ed25519") return ed25519(key);
  throw new Error(`a private key of type ${key.asymmetricKeyType} is no SSH key`);
}

/** An ed25519 key has no older PEM form: this is OpenSSH's own, unencrypted. */
function ed25519(key: KeyObject): string {
  const seed = Buffer.from(key.export({ format: "jwk" }).d!, "base64url");
  const point = Buffer.from(createPublicKey(key).export({ format: "jwk" }).x!, "base64url");
  const publicKey = Buffer.concat([field("ssh-ed25519"), field(point)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, publicKey, field(Buffer.concat([seed, point])), field("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    one,
    field(publicKey),
    field(Buffer.concat([secret, padding])),
  ]).toString("base64");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.match(/.{1,70}/g)!.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
