import type * as pulumi from "@pulumi/pulumi";
import type { Arch } from "../../bundle/versions.ts";
import type { Role } from "../../nodes/role.ts";
import type { Shell } from "../script.ts";

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
  /** Address of the lab's first family in the lab's own network: the kubelet's --node-ip and the VTEP's outer address. */
  readonly address: pulumi.Input<string>;
  /** IPv6 address in the same network, where the lab has any: the same as `address` where it has no others. @default it has IPv4 alone */
  readonly address6?: pulumi.Input<string>;
  readonly shell: Shell;
  /** What its programs are compiled for. @default as this machine's */
  readonly arch?: pulumi.Input<Arch>;
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
  /** Done when the machine keeps the scripts. @default it keeps none: each step brings what it runs */
  readonly scripts?: readonly pulumi.Resource[];
}
