import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { choiceEnvironment, type Decided } from "../../bundle/choice.ts";
import type { Role } from "../../nodes/role.ts";
import { hostAddress } from "../../evidence/cidr.ts";
import { firstFamily, type IpFamilies, ipv6 } from "../../evidence/family.ts";
import { KeyPair } from "./key-pair.ts";
import { Lab } from "./lab.ts";
import type { Machine } from "./machine.ts";
import type { MadeFrom } from "./made-from.ts";
import { lastStarts } from "./starts.ts";

export interface OwnedMachinesArgs {
  /** Name of the stack. The lab keeps the one that it was born with: it is part of every name that the machines have on this host. */
  readonly stack: string;
  /** The nodes in order, the control plane first. */
  readonly nodes: readonly { readonly name: string; readonly role: Role }[];
  /** Network of the machines, IPv4 CIDR: the control plane gets .10, the workers .11 and up. */
  readonly machineCidr: string;
  /** The same of IPv6, CIDR: the control plane gets ::10, as the digits stand there, the workers ::11 and up. @default IPv4 alone */
  readonly machineCidr6?: string;
  /** Which address families the lab has: by the first one the machines are called. @default ipv4 */
  readonly ipFamily?: IpFamilies;
  /** First of ten TCP ports on 127.0.0.1: SSH of each machine in order, and the API server on the tenth. */
  readonly portBase: number;
  /** Where what the machines are made of comes from. */
  readonly artifacts: MadeFrom;
  /** What the machines are: containers, or virtual machines. */
  readonly platform: OwnedPlatform;
}

/** What one platform of this host has of its own. Everything else is the same for all of them. */
export interface OwnedPlatform {
  /** Type token of the component. A lab that is up has it in every machine's URN, so it never changes. */
  readonly type: "podnet:machines:LocalMachines" | "podnet:machines:VmMachines";
  /** Folder of the verbs: ground.sh, sweep.sh, status.sh and machine.sh, and network.sh where there is a network to make. */
  readonly verbs: "platforms/local" | "platforms/vm";
  /** What ground.sh asks of the host, besides the ports. It can be asked again at any time: no answer replaces a machine. */
  readonly ground: Readonly<Record<string, string>>;
  /** What all machines start from. */
  readonly base: {
    /** Name of the resource, and of the program in `verbs` that makes it and prints what it is called. */
    readonly name: "image" | "disk";
    /** Changes with whatever is in it. */
    readonly key: (decided: Decided) => string;
  };
  /** Environment of network.sh, and what replaces the network when it changes. @default none: the machines bring their network with them */
  readonly network?: Readonly<Record<string, string>>;
  /** What one machine is made of. */
  readonly machine: (basis: Basis) => Made;
}

/** What a platform makes a machine from. */
export interface Basis {
  readonly node: { readonly name: string; readonly role: Role };
  /** Name that the lab was born with. */
  readonly stack: pulumi.Output<string>;
  /** Position among the nodes. */
  readonly index: number;
  /** In machineCidr. */
  readonly address: string;
  /** In machineCidr6. */
  readonly address6?: string | undefined;
  /** What the base's program printed. */
  readonly base: pulumi.Output<string>;
  /** What network.sh printed; empty where there is no network to make. */
  readonly network: pulumi.Output<string>;
  /** The key that may log in on every machine. */
  readonly login: KeyPair;
  /** The machine's own. */
  readonly hostKey: KeyPair;
}

/** What machine.sh is given, besides the ports. */
export interface Made {
  /** Variables of what cannot be changed on a machine: another value is another machine. */
  readonly fixed: Readonly<Record<string, pulumi.Input<string>>>;
  /** What else replaces the machine, though machine.sh has it from elsewhere. @default none */
  readonly alsoFixed?: readonly pulumi.Input<string>[];
  /** Variables of what can be changed on a machine. @default none */
  readonly changeable?: Readonly<Record<string, string>>;
  /** Standard input; a secret. */
  readonly stdin: pulumi.Output<string>;
}

const loopback = "127.0.0.1";
/** What machine.sh prints. */
const created = z.object({ id: z.string(), start: z.string() });

/** Machines that the lab makes on this host, and ends. They are reached on loopback only. */
export class OwnedMachines extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];

  constructor(name: string, args: OwnedMachinesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { nodes, machineCidr, machineCidr6, ipFamily, portBase, platform } = args;
    super(platform.type, name, { machineCidr, portBase }, opts);
    const child = { parent: this };
    const sshPort = (index: number): number => portBase + index;
    const apiPort = portBase + 9;
    const { choice, decided } = args.artifacts;
    const origin = choiceEnvironment(choice);

    const lab = new Lab(`${name}-lab`, args.stack, child);
    const { labName: STACK, labId: LAB } = lab;
    const login = new KeyPair(`${name}-login`, { STACK, COMMENT: pulumi.interpolate`podnet-${STACK}` }, child);
    // By these ground.sh finds what is in the way, and what an earlier version of this lab has made.
    const claim = { STACK, LAB, LOGIN: login.publicKey, NODES: nodes.map((node) => node.name).join(" ") };

    const ground = new local.Command(
      `${name}-ground`,
      {
        create: `${platform.verbs}/ground.sh`,
        delete: `${platform.verbs}/sweep.sh`,
        environment: {
          ...claim,
          PORTS: [...nodes.map((_, index) => sshPort(index)), apiPort].join(" "),
          ...platform.ground,
        },
        logging: "stderr",
        // No triggers, ever: to replace the ground is to sweep away the machines.
      },
      child,
    );
    const onGround = { ...child, dependsOn: [ground] };
    const base = new local.Command(
      `${name}-${platform.base.name}`,
      {
        create: `node ${platform.verbs}/${platform.base.name}.ts`,
        environment: { ...origin, ...(decided && { WAY: decided.way }) },
        // Another key means other machines; a preview that would have to ask for it leaves it open.
        triggers: [decided === undefined ? pulumi.unknown : platform.base.key(decided)],
        logging: "stderr",
      },
      onGround,
    );
    const network =
      platform.network &&
      new local.Command(
        `${name}-network`,
        {
          create: `${platform.verbs}/network.sh create`,
          delete: `${platform.verbs}/network.sh delete`,
          environment: { STACK, LAB, ...platform.network },
          triggers: Object.values(platform.network),
          logging: "stderr",
        },
        { ...onGround, deleteBeforeReplace: true },
      );
    const starts = lastStarts(
      { lab, nodes: nodes.map((node) => node.name), script: `${platform.verbs}/status.sh` },
      child,
    );

    const alone = firstFamily(ipFamily) === ipv6;
    // A cluster keeps its families: with IPv4 or without it is another one, on other machines, though these would have the same addresses.
    const families = alone ? [ipv6.name] : [];
    this.machines = nodes.map((node, index): Machine => {
      const hostKey = new KeyPair(`${name}-${node.name}-host-key`, { STACK, COMMENT: node.name }, child);
      const address = hostAddress(machineCidr, 10 + index);
      const address6 = machineCidr6 === undefined ? undefined : hostAddress(machineCidr6, 0x10 + index);
      const made = platform.machine({
        node,
        stack: STACK,
        index,
        address,
        address6,
        base: base.stdout,
        network: network?.stdout ?? pulumi.output(""),
        login,
        hostKey,
      });
      const fixed = {
        ...made.fixed,
        SSH_PORT: String(sshPort(index)),
        API_PORT: node.role === "control-plane" ? String(apiPort) : "",
      };
      const machine = new local.Command(
        `${name}-${node.name}`,
        {
          create: `${platform.verbs}/machine.sh create`,
          delete: `${platform.verbs}/machine.sh delete`,
          environment: {
            STACK,
            LAB,
            NODE: node.name,
            ...fixed,
            ...made.changeable,
            // Only for a base that someone has removed meanwhile.
            ...origin,
            START: starts.apply((all) => all[node.name] ?? ""),
          },
          stdin: pulumi.secret(made.stdin),
          triggers: [
            ...Object.values(fixed),
            ...(made.alsoFixed ?? []),
            ...families,
            hostKey.publicKey,
            login.publicKey,
          ],
          logging: "stderr",
        },
        // The old machine and the new one would have the same name, address and ports.
        { ...child, deleteBeforeReplace: true },
      );
      const is = machine.stdout.apply((text) => created.parse(JSON.parse(text)));
      return {
        ...node,
        address: alone && address6 !== undefined ? address6 : address,
        ...(address6 !== undefined && { address6 }),
        shell: {
          host: loopback,
          port: sshPort(index),
          user: "root",
          privateKey: login.privateKey,
          hostKey: hostKey.publicKey,
        },
        ...(node.role === "control-plane" && { api: { host: loopback, port: apiPort } }),
        identity: is.id,
        start: is.start,
        resource: machine,
      };
    });
    this.registerOutputs({ machines: this.machines.map(shown) });
  }
}

/** A machine as a component's output has it: without its keys. */
export const shown = ({ name, role, address, identity }: Machine) => ({ name, role, address, identity });
