import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type Choice, decideWay } from "../../bundle/choice.ts";
import { choiceEnvironment } from "../../bundle/choice-environment.ts";
import { hostArch } from "../../bundle/versions.ts";
import { imageKey } from "../../platforms/local/image-key.ts";
import { hostAddress } from "../settings/ranges.ts";
import { KeyPair } from "./key-pair.ts";
import { Lab } from "./lab.ts";
import type { Role } from "../../nodes/role.ts";
import type { Machine } from "./machine.ts";
import { created, lastStarts } from "./starts.ts";

export interface LocalMachinesArgs {
  /** Name of the stack: part of every name in the container engine, and the label by which a destroy finds them. */
  readonly stack: string;
  /** The nodes in order, the control plane first. */
  readonly nodes: readonly { readonly name: string; readonly role: Role }[];
  /** Network of the machines, IPv4 CIDR: the control plane gets .10, the workers .11 and up. */
  readonly machineCidr: string;
  /** First of ten TCP ports on 127.0.0.1: SSH of each machine in order, and the API server on the tenth. */
  readonly portBase: number;
  /** Where what the machines are made of comes from. */
  readonly artifacts: Choice;
}

const loopback = "127.0.0.1";

/** Machines that are containers of this host's engine: they boot systemd and sshd, and are published on loopback only. */
export class LocalMachines extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];

  constructor(name: string, args: LocalMachinesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("podnet:machines:LocalMachines", name, args, opts);
    const child = { parent: this };
    const { machineCidr: CIDR } = args;
    const ports = args.nodes.map((_, index) => args.portBase + index);
    const apiPort = args.portBase + 9;

    const lab = new Lab(`${name}-lab`, args.stack, child);
    const { labName: STACK, labId: LAB } = lab;
    const login = new KeyPair(`${name}-login`, { STACK, COMMENT: pulumi.interpolate`podnet-${STACK}` }, child);
    // By these ground.sh finds what is in the way, and what an earlier version of this lab has made.
    const claim = { STACK, LAB, LOGIN: login.publicKey, NODES: args.nodes.map((node) => node.name).join(" ") };

    const ground = new local.Command(
      `${name}-ground`,
      {
        create: "platforms/local/ground.sh",
        delete: "platforms/local/sweep.sh",
        environment: { ...claim, CIDR, PORTS: [...ports, apiPort].join(" ") },
      },
      child,
    );
    const origin = choiceEnvironment(args.artifacts);
    // Known without asking anything once a bundle stands; another key means other machines.
    const way = decideWay(args.artifacts, hostArch(), (line) => void pulumi.log.info(line, this));
    const image = new local.Command(
      `${name}-image`,
      {
        create: "node platforms/local/image.ts",
        environment: origin,
        triggers: [pulumi.output(way).apply((known) => imageKey(known, args.artifacts))],
        logging: "stderr",
      },
      { ...child, dependsOn: [ground] },
    );
    const network = new local.Command(
      `${name}-network`,
      {
        create: "platforms/local/network.sh create",
        delete: "platforms/local/network.sh delete",
        environment: { STACK, LAB, CIDR },
        triggers: [CIDR],
        logging: "stderr",
      },
      { ...child, dependsOn: [ground], deleteBeforeReplace: true },
    );

    const starts = lastStarts(
      { lab, nodes: args.nodes.map((node) => node.name), script: "platforms/local/status.sh" },
      child,
    );

    this.machines = args.nodes.map((node, index) => {
      const hostKey = new KeyPair(`${name}-${node.name}-host-key`, { STACK, COMMENT: node.name }, child);
      const place = {
        NETWORK: network.stdout,
        IMAGE: pulumi.interpolate`${image.stdout}-${node.role}`,
        ADDRESS: hostAddress(CIDR, 10 + index),
        SSH_PORT: String(args.portBase + index),
        API_PORT: node.role === "control-plane" ? String(apiPort) : "",
      };
      const container = new local.Command(
        `${name}-${node.name}`,
        {
          create: "platforms/local/machine.sh create",
          delete: "platforms/local/machine.sh delete",
          environment: {
            STACK,
            LAB,
            NODE: node.name,
            ...place,
            // Only for an image that someone has removed meanwhile.
            ...origin,
            START: starts.apply((all) => all[node.name] ?? ""),
          },
          stdin: pulumi.secret(pulumi.interpolate`${hostKey.publicKey}\n${login.publicKey}\n${hostKey.privateKey}`),
          // What a container is made of cannot be changed on it: another value is another machine.
          triggers: [...Object.values(place), hostKey.publicKey, login.publicKey],
          logging: "stderr",
        },
        // Both would have the same name, address and ports.
        { ...child, deleteBeforeReplace: true },
      );
      return {
        ...node,
        address: place.ADDRESS,
        shell: {
          host: loopback,
          port: args.portBase + index,
          user: "root",
          privateKey: login.privateKey,
          hostKey: hostKey.publicKey,
        },
        ...(node.role === "control-plane" && { api: { host: loopback, port: apiPort } }),
        identity: container.stdout.apply((text) => created.parse(JSON.parse(text)).id),
        start: container.stdout.apply((text) => created.parse(JSON.parse(text)).start),
        resource: container,
      };
    });
    this.registerOutputs({ machines: this.machines.map(({ name: node, address }) => ({ name: node, address })) });
  }
}
