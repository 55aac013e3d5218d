import type * as pulumi from "@pulumi/pulumi";

/** What a machine is for in the cluster. */
export type Role = "control-plane" | "worker";

/** How to reach the shell of a machine: SSH with a key, the host key known beforehand. */
export interface Shell {
  /** Name or address to dial. */
  readonly host: pulumi.Input<string>;
  /** TCP port of sshd. */
  readonly port: pulumi.Input<number>;
  /** Login name. Scripts become root with sudo where it is not root. */
  readonly user: string;
  /** Private key, OpenSSH format; a secret. */
  readonly privateKey: pulumi.Input<string>;
  /** The machine's public host key, one line as in ssh_host_ed25519_key.pub; any other key ends the connection before a command runs. */
  readonly hostKey: pulumi.Input<string>;
}

/** Where the user's machine reaches the API server; on the control plane only. */
export interface ApiEndpoint {
  readonly host: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
}

/** A machine that becomes a node, wherever it comes from: a container, a VM, a host, an EC2 instance. */
export interface Machine {
  /** Node name, a DNS label. */
  readonly name: string;
  readonly role: Role;
  /** IPv4 address in the lab's own network: the kubelet's --node-ip and the VTEP's outer address. */
  readonly address: pulumi.Input<string>;
  readonly shell: Shell;
  /** Set on the control plane. */
  readonly api?: ApiEndpoint;
  /** Another value means another machine: what was done on the old one is done again on the new one. */
  readonly identity: pulumi.Input<string>;
  /**
   * Moment of its last start, where the lab would know. Another value means the same machine, with all that runs on it begun anew: it is
   * waited for and looked at again.
   */
  readonly start?: pulumi.Input<string>;
  /** What stands for the machine in the state; whatever lives on it goes with it (`deletedWith`). */
  readonly resource: pulumi.Resource;
}

/** What it takes to run something on a machine; which machine may be known only once the cluster has decided. */
export interface Reachable {
  readonly shell: Omit<Shell, "user"> & { readonly user: pulumi.Input<string> };
  readonly identity: pulumi.Input<string>;
  readonly resource: pulumi.Resource;
}
