// Where to connect and how both sides prove their identity, from the `connection` input; everything that can be wrong about it
// shows here, before anything is dialled.
import ssh2 from "ssh2";
import type { AuthHandlerMiddleware, AnyAuthMethod, ParsedKey } from "ssh2";
import { opensshPrivateKey } from "./private-key.ts";
import { isObject, revealAll, type Value } from "../values.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly authentications: readonly AnyAuthMethod[];
  readonly hostKey?: { readonly wire: Buffer; readonly type: string };
  /** How many failed dials are followed by another; -1 for no limit. */
  readonly dialErrorLimit: number;
  /** In milliseconds; 0 for no limit. */
  readonly perDialTimeout: number;
}

export interface Route {
  readonly target: Endpoint;
  readonly proxy?: Endpoint;
}

export function route(connection: Value | undefined): Route {
  const given = revealAll(connection ?? null);
  if (!isObject(given)) throw new Error("connection must be an object with at least a host");
  return {
    target: endpoint(given, "connection"),
    ...(isObject(given.proxy) && { proxy: endpoint(given.proxy, "connection.proxy") }),
  };
}

function endpoint(given: Record<string, unknown>, name: string): Endpoint {
  const fields = given as {
    host?: string;
    port?: number;
    user?: string;
    password?: string;
    privateKey?: string;
    privateKeyPassword?: string;
    agentSocketPath?: string;
    hostKey?: string;
    dialErrorLimit?: number;
    perDialTimeout?: number;
  };
  if (!fields.host) throw new Error(`${name}.host is missing`);
  return {
    host: fields.host,
    port: Math.trunc(fields.port ?? 22),
    user: fields.user ?? "root",
    authentications: authentications(fields, name),
    ...(fields.hostKey && { hostKey: parseHostKey(fields.hostKey, name) }),
    dialErrorLimit: fields.dialErrorLimit ?? 10,
    perDialTimeout: (fields.perDialTimeout ?? 15) * 1000,
  };
}

/** In the order in which they are tried: key, password, agent. */
function authentications(
  {
    user: username = "root",
    privateKey,
    privateKeyPassword,
    password,
    agentSocketPath,
  }: { user?: string; privateKey?: string; privateKeyPassword?: string; password?: string; agentSocketPath?: string },
  name: string,
): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = [];
  if (privateKey)
    methods.push({ type: "publickey", username, key: parsePrivateKey(privateKey, privateKeyPassword, name) });
  if (password !== undefined && password !== null) {
    methods.push(
      { type: "password", username, password },
      {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
      },
    );
  }
  const agent = agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  if (agent) methods.push({ type: "agent", username, agent });
  // A server may ask for nothing at all.
  methods.push({ type: "none", username });
  return methods;
}

function parsePrivateKey(pem: string, passphrase: string | undefined, name: string): ParsedKey {
  const parsed = ssh2.utils.parseKey(opensshPrivateKey(pem, passphrase), passphrase);
  if (parsed instanceof Error) throw new Error(`${name}.privateKey cannot be read: ${parsed.message}`);
  return (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey;
}

function parseHostKey(line: string, name: string): { wire: Buffer; type: string } {
  const parsed = ssh2.utils.parseKey(line.trim());
  if (parsed instanceof Error) {
    throw new Error(`${name}.hostKey is not an OpenSSH public key, such as "ssh-ed25519 AAAA...": ${parsed.message}`);
  }
  const key = (Array.isArray(parsed) ? parsed[0]! : parsed) as ParsedKey;
  return { wire: key.getPublicSSH(), type: key.type };
}

/** The handler that goes through the methods one by one. */
export function inTurn(methods: readonly AnyAuthMethod[]): AuthHandlerMiddleware {
  const left = [...methods];
  return (_methodsLeft, _partialSuccess, next) => next((left.shift() ?? false) as AnyAuthMethod);
}
