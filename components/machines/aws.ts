import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Carrier, backendOf } from "../../evidence/backends.ts";
import type { Choice } from "../../bundle/choice.ts";
import { Script } from "../script.ts";
import { archOf, type AwsSettings } from "../settings/aws.ts";
import { addressOf, refusedBeforehand } from "./aws/beforehand.ts";
import { Firewall } from "./aws/firewall.ts";
import { pickImage } from "./aws/image.ts";
import { createInstance, user } from "./aws/instance.ts";
import { Network } from "./aws/network.ts";
import { type Host, HostMachines } from "./hosts.ts";
import { KeyPair } from "./key-pair.ts";
import { Lab } from "./lab.ts";
import type { Role } from "../../nodes/role.ts";
import type { Machine } from "./machine.ts";

export interface AwsMachinesArgs extends Omit<AwsSettings, "kind"> {
  /** Name of the stack: in every name and tag in the account. */
  readonly stack: string;
  /** The nodes in order, the control plane first. */
  readonly nodes: readonly { readonly name: string; readonly role: Role }[];
  /** Pod and Service address ranges, IPv4 CIDR. */
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Machines call each other's node ports, as the lesson about Services does. @default false */
  readonly nodePorts?: boolean;
  /** Where what the machines are given comes from. */
  readonly artifacts: Choice;
}

/** Machines that are instances of EC2, in a VPC of their own: made, then set up over SSH like anybody's. */
export class AwsMachines extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];

  /** @throws pulumi.RunError before anything is made, with all that EC2 would refuse */
  constructor(name: string, args: AwsMachinesArgs, opts?: pulumi.ComponentResourceOptions) {
    const refused = refusedBeforehand(args);
    if (refused.length > 0) throw new pulumi.RunError(["EC2 would refuse this lab:", ...refused].join("\n  - "));
    super("podnet:machines:AwsMachines", name, {}, opts);
    const { stack, machineCidr, region, types } = args;
    const backend = backendOf(args.backend);
    // First of all: without its plugin nothing is made, not even a key.
    const provider = new aws.Provider(`${name}-aws`, { region }, { parent: this });
    const child = { parent: this, provider };
    const here = { parent: this, dependsOn: [provider] };

    const lab = new Lab(`${name}-lab`, stack, here);
    const whose = { stack, lab: lab.labId };
    const network = new Network(
      `${name}-network`,
      {
        whose,
        cidr: machineCidr,
        region,
        types: Object.values(types),
        ...(args.zone !== undefined && { asked: args.zone }),
      },
      { parent: this, providers: [provider] },
    );
    const firewall = new Firewall(
      `${name}-firewall`,
      {
        whose,
        vpcId: network.vpcId,
        allowFrom: args.allowFrom,
        pods: { backend, podCidr: args.podCidr },
        ...(args.nodePorts && { nodePorts: true }),
      },
      { parent: this, providers: [provider] },
    );
    const login = new KeyPair(`${name}-login`, { STACK: stack, COMMENT: `podnet-${stack}` }, here);
    const architectures = new Set(args.nodes.map(({ role }) => archOf(args.types[role])));
    const images = new Map(
      [...architectures].map((arch) => [
        arch,
        pickImage(`${name}-image`, { arch, provider, after: network.ready }, here),
      ]),
    );

    const hosts = args.nodes.map((node, index): Host => {
      const type = args.types[node.role];
      const address = addressOf(machineCidr, index);
      const hostKey = new KeyPair(`${name}-${node.name}-host-key`, { STACK: stack, COMMENT: node.name }, here);
      const instance = createInstance(
        `${name}-${node.name}-instance`,
        {
          ...args,
          whose,
          node: node.name,
          ami: images.get(archOf(type)) ?? "",
          type,
          subnetId: network.subnetId,
          address,
          securityGroupId: firewall.groups[node.role],
          bare: backend.manner === "bare",
          login,
          hostKey,
        },
        // A machine that boots without its way out, or with its doors still open or shut, would have to be waited for or worried about.
        { ...child, dependsOn: [network.ready, ...firewall.rules] },
      );
      const shell = {
        host: instance.publicIp,
        port: 22,
        user,
        privateKey: login.privateKey,
        hostKey: hostKey.publicKey,
      };
      const booted = new Script(
        `${name}-${node.name}-booted`,
        { machine: { shell, identity: instance.id, resource: instance }, script: "host/booted" },
        { parent: this },
      );
      return {
        ...node,
        address: shell.host,
        privateAddress: address,
        port: shell.port,
        user,
        privateKey: shell.privateKey,
        hostKey: shell.hostKey,
        made: { resource: instance, identity: instance.id, ready: booted },
      };
    });
    const { podCidr, serviceCidr, artifacts } = args;
    this.machines = new HostMachines(
      `${name}-hosts`,
      { stack, lab, hosts, podCidr, serviceCidr, artifacts },
      here,
    ).machines;
    this.registerOutputs({ machines: this.machines.map(({ name: node, address }) => ({ name: node, address })) });
  }
}
