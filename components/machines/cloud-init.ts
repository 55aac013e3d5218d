import { stringify } from "yaml";

/** What a new machine is told about itself before anyone can reach it. */
export interface CloudInit {
  /** Host name. */
  readonly name: string;
  /** The user who may log in; one other than root may use sudo without a password. */
  readonly user: string;
  /** The public key that may log in, one line. */
  readonly authorizedKey: string;
  /** The machine's SSH host key, OpenSSH format, so that the first connection is pinned; the private half is a secret. */
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  /** Addresses of its resolvers. @default none: the machine's network tells */
  readonly nameservers?: readonly string[];
  /** Files beyond those, by path. @default none */
  readonly files?: Readonly<Record<string, { readonly content: string; readonly mode: string }>>;
  /** Programs to run once, at the end of the first boot, each as a list of words. @default none */
  readonly commands?: readonly (readonly string[])[];
}

/** One interface of a machine, told by its link-layer address. */
export interface Interface {
  /** What the kernel calls it: a rule must fit name and address. */
  readonly name: string;
  readonly mac: string;
  /** Each with its prefix length, such as 172.28.56.10/24. */
  readonly addresses: readonly string[];
  /** IPv4 address of the router, on the interface that leads outside. @default none */
  readonly gateway?: string;
}

// cloud-init reads YAML 1.1, where a bare "no" is false and a MAC of digits a number to the base of sixty. Long lines stay whole: a key is
// one word.
const yaml = (value: unknown): string => stringify(value, { version: "1.1", lineWidth: 0 });

/** cloud-init's user-data, for QEMU's NoCloud seed and for an instance in a cloud alike. A secret, for the host key's sake. Pure. */
export function userData({
  name,
  user,
  authorizedKey,
  hostKey,
  nameservers = [],
  files = {},
  commands = [],
}: CloudInit): string {
  const login =
    user === "root"
      ? // It has no password, and need not be locked against one: sshd takes a locked account for a closed one.
        { name: "root", lock_passwd: false, ssh_authorized_keys: [authorizedKey] }
      : {
          name: user,
          sudo: "ALL=(ALL) NOPASSWD:ALL",
          shell: "/bin/bash",
          lock_passwd: true,
          ssh_authorized_keys: [authorizedKey],
        };
  const resolver = nameservers.map((address) => `nameserver ${address}\n`).join("");
  const written = [
    ...(resolver === "" ? [] : [{ path: "/etc/resolv.conf", content: resolver }]),
    ...Object.entries(files).map(([path, { content, mode }]) => ({ path, content, permissions: mode })),
  ];
  const document = {
    hostname: name,
    manage_etc_hosts: true,
    users: [login],
    disable_root: user !== "root",
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    no_ssh_fingerprints: true,
    ...(written.length > 0 && { write_files: written }),
    ...(commands.length > 0 && { runcmd: commands }),
  };
  return `#cloud-config\n${yaml(document)}`;
}

/** NoCloud's meta-data. @param instance another one is another machine to cloud-init: it would do everything once more. Pure. */
export function metaData(instance: string, name: string): string {
  return yaml({ "instance-id": instance, "local-hostname": name });
}

/** NoCloud's network-config, version 2. Pure. */
export function networkConfig(interfaces: readonly Interface[]): string {
  return yaml({
    version: 2,
    ethernets: Object.fromEntries(
      interfaces.map(({ name, mac, addresses, gateway }) => [
        name,
        {
          match: { macaddress: mac },
          addresses,
          ...(gateway !== undefined && { routes: [{ to: "0.0.0.0/0", via: gateway }] }),
        },
      ]),
    ),
  });
}
