import { homedir } from "node:os";
import ipaddr from "ipaddr.js";
import { readOrNothing } from "../../bundle/tools.ts";
import type { Config } from "./keys.ts";
import { hostKeyProblem, knownHostKey } from "./host-keys.ts";
import { readPrivateKey } from "./private-key.ts";
import { checkName, maxWorkers, type NodeSettings } from "./nodes.ts";
import { Secret } from "./secret.ts";

/** A machine of the user's own, reached over SSH. */
export interface HostSettings extends NodeSettings {
  /** Name or address that the user's machine dials, for SSH and for the API server. */
  readonly address: string;
  /** IPv4 address by which the nodes know each other. */
  readonly privateAddress: string;
  readonly port: number;
  readonly user: string;
  /** In a form that every SSH client here reads (private-key.ts), without a passphrase. */
  readonly privateKey: Secret;
  /** "type base64", the one key by which the host is trusted. */
  readonly hostKey: string;
}

/** Machines that are there already. */
export interface HostsSettings {
  readonly kind: "hosts";
  /** The control plane first. */
  readonly hosts: readonly HostSettings[];
}

/** What the outside world says; another one in tests. */
export interface Outside {
  /** Text of a file; undefined where it does not exist or may not be read. */
  readonly read: (path: string) => string | undefined;
  /** Whether the config holds the key as a secret. */
  readonly isSecret: (key: string) => boolean;
}

export function readFile(path: string): string | undefined {
  return readOrNothing(path.replace(/^~(?=\/|$)/, homedir()));
}

type Given = Config["hosts"][number];

/** The hosts of the config, each with its key and the host key to trust. */
export function readHosts(config: Config, problems: string[], { read, isSecret }: Outside): HostsSettings {
  const before = problems.length;
  checkList(config.hosts, problems);
  if (config.hosts.some(({ privateKey }) => privateKey !== undefined) && !isSecret("hosts")) {
    problems.push(
      "hosts[].privateKey stands in plain text; write it with: pulumi config set --secret --path 'hosts[0].privateKey'",
    );
  }
  if (config.sshPrivateKey !== "" && !isSecret("sshPrivateKey")) {
    problems.push("sshPrivateKey stands in plain text; write it with: pulumi config set --secret sshPrivateKey");
  }
  const hosts = config.hosts.map((given, index): HostSettings => {
    const at = `hosts[${index}]`;
    const { name, role, address } = given;
    checkName(`${at}.name`, name, problems);
    checkDialled(`${at}.address`, address, problems);
    const port = given.port ?? config.sshPort;
    const portKey = given.port === undefined ? "sshPort" : `${at}.port`;
    if (!(Number.isInteger(port) && port >= 1 && port <= 65535)) {
      problems.push(`${portKey} ${String(port)} is not a TCP port; write a whole number from 1 to 65535, such as 22`);
    }
    const user = given.user ?? config.sshUser;
    // Which names there are is for sshd to say; these would be taken for something else on the way there.
    if (!/^(?!-)[^\s\p{Cc}@:/?#%]+$/u.test(user)) {
      problems.push(
        `${given.user === undefined ? "sshUser" : `${at}.user`} ${JSON.stringify(user)} is not a login name; write it without blanks and @ : / ? # %, and without - in front`,
      );
    }
    return {
      name,
      role,
      address,
      privateAddress: privateAddress(at, given, problems),
      port,
      user,
      privateKey: new Secret(privateKey(at, given, config, read, problems)),
      hostKey: hostKey(at, given, { ...config, port }, read, problems),
    };
  });
  return {
    kind: "hosts",
    hosts: unique(
      problems,
      before,
      hosts.toSorted((one, other) => rank(one) - rank(other)),
    ),
  };
}

const rank = ({ role }: NodeSettings): number => (role === "control-plane" ? 0 : 1);

/** A default that is wrong for one host is wrong for all: it is named once. */
function unique<T>(problems: string[], from: number, result: T): T {
  problems.splice(from, problems.length, ...new Set(problems.slice(from)));
  return result;
}

function checkList(hosts: readonly Given[], problems: string[]): void {
  const masters = hosts.filter(({ role }) => role === "control-plane").length;
  const workers = hosts.length - masters;
  if (hosts.length === 0) {
    problems.push(
      'hosts is empty, and platform "hosts" needs machines; list one control-plane and 1 to 8 workers, as Pulumi.hosts.yaml shows',
    );
    return;
  }
  if (masters !== 1) problems.push(`hosts has ${masters} with role "control-plane"; write exactly one`);
  if (workers < 1 || workers > maxWorkers)
    problems.push(`hosts has ${workers} with role "worker"; write 1 to ${maxWorkers}`);
  const twice = (key: string, value: (host: Given) => string): void =>
    hosts.forEach((host, index) => {
      if (hosts.findIndex((other) => value(other) === value(host)) !== index) {
        problems.push(
          `hosts[${index}].${key} ${JSON.stringify(value(host))} stands twice; every host is one node, with a ${key} of its own`,
        );
      }
    });
  twice("name", ({ name }) => name);
  twice("privateAddress", (host) => host.privateAddress ?? host.address);
}

function checkDialled(key: string, address: string, problems: string[]): void {
  const numbers = /^[0-9.]+$/.test(address);
  if (
    numbers
      ? ipaddr.IPv4.isValidFourPartDecimal(address)
      : /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(address)
  )
    return;
  problems.push(
    `${key} ${JSON.stringify(address)} is neither an IPv4 address nor a host name; write one, such as 192.0.2.10`,
  );
}

function privateAddress(at: string, { address, privateAddress: own }: Given, problems: string[]): string {
  if (own !== undefined && !ipaddr.IPv4.isValidFourPartDecimal(own)) {
    problems.push(
      `${at}.privateAddress ${JSON.stringify(own)} is not an IPv4 address; write four parts, such as 10.0.0.12`,
    );
  } else if (own === undefined && !/^[0-9.]+$/.test(address)) {
    problems.push(
      `${at}.address "${address}" is a name, and nodes know each other by address; set ${at}.privateAddress, such as 10.0.0.12`,
    );
  }
  return own ?? address;
}

function privateKey(at: string, given: Given, config: Config, read: Outside["read"], problems: string[]): string {
  const direct = given.privateKey ?? (given.privateKeyFile === undefined ? config.sshPrivateKey : "");
  const key = given.privateKey !== undefined ? `${at}.privateKey` : "sshPrivateKey";
  if (direct !== "") return checkPrivateKey(key, direct, problems);
  const path = given.privateKeyFile ?? config.sshPrivateKeyFile;
  const fileKey = given.privateKeyFile !== undefined ? `${at}.privateKeyFile` : "sshPrivateKeyFile";
  const text = read(path);
  if (text === undefined) {
    problems.push(
      `${fileKey} "${path}" cannot be read; name the file of a private key that the hosts let in, such as ~/.ssh/id_ed25519`,
    );
    return "";
  }
  return checkPrivateKey(`${fileKey} "${path}"`, text, problems);
}

function checkPrivateKey(what: string, text: string, problems: string[]): string {
  const read = readPrivateKey(text);
  if ("key" in read) return read.key;
  problems.push(`${what} ${read.problem}`);
  return "";
}

function hostKey(
  at: string,
  given: Given,
  { sshKnownHosts, port }: { readonly sshKnownHosts: string; readonly port: number },
  read: Outside["read"],
  problems: string[],
): string {
  if (given.hostKey !== undefined) {
    const problem = hostKeyProblem(given.hostKey);
    if (problem !== undefined) problems.push(`${at}.hostKey ${JSON.stringify(given.hostKey)} ${problem}`);
    return given.hostKey.trim().split(/\s+/).slice(0, 2).join(" ");
  }
  const path = given.knownHosts ?? sshKnownHosts;
  const text = read(path);
  const found = text === undefined ? undefined : knownHostKey(text, given.address, port);
  if (found !== undefined) return found;
  const why = text === undefined ? `cannot be read` : `has no key of ${given.address}`;
  problems.push(
    `${given.knownHosts === undefined ? "sshKnownHosts" : `${at}.knownHosts`} "${path}" ${why}; set ${at}.hostKey to the line in the host's ` +
      `/etc/ssh/ssh_host_ed25519_key.pub, or log in once and compare: ssh -p ${port} ${given.address}`,
  );
  return "";
}
