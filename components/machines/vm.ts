import { createHash } from "node:crypto";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type Choice, decideWay } from "../../bundle/choice.ts";
import { choiceEnvironment } from "../../bundle/choice-environment.ts";
import { hostArch } from "../../bundle/versions.ts";
import { diskKey } from "../../platforms/vm/disk-key.ts";
import { hostAddress } from "../settings/ranges.ts";
import type { VmSize } from "../settings/vm.ts";
import { metaData, networkConfig, userData } from "./cloud-init.ts";
import { KeyPair } from "./key-pair.ts";
import { Lab } from "./lab.ts";
import type { Role } from "../../nodes/role.ts";
import type { Machine } from "./machine.ts";
import { created, lastStarts } from "./starts.ts";

export interface VmMachinesArgs {
  /** Name of the stack: the folder that holds its VMs is called so. */
  readonly stack: string;
  /** The nodes in order, the control plane first. */
  readonly nodes: readonly { readonly name: string; readonly role: Role }[];
  /** The private segment between the machines, IPv4 CIDR: the control plane gets .10, the workers .11 and up. */
  readonly machineCidr: string;
  /** First of ten TCP ports on 127.0.0.1: SSH of each machine in order, and the API server on the tenth. */
  readonly portBase: number;
  /** What the machines of each role are given. */
  readonly sizes: Readonly<Record<Role, VmSize>>;
  /** Where what the machines are made of comes from. */
  readonly artifacts: Choice;
}

const loopback = "127.0.0.1";
/** QEMU's user-mode network, the same behind every VM: the guest, its router, its resolver. */
const outside = { address: "10.0.2.15/24", gateway: "10.0.2.2", nameserver: "10.0.2.3" };

/**
 * Machines that are QEMU's, each with a kernel of its own. eth0 leads outside, by NAT, and carries the forwarded ports; eth1 is
 * the private segment, where the nodes' addresses are. They live on when the update has ended.
 */
export class VmMachines extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];

  constructor(name: string, args: VmMachinesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("podnet:machines:VmMachines", name, args, opts);
    const child = { parent: this };
    const { machineCidr } = args;
    const ports = args.nodes.map((_, index) => args.portBase + index);
    const apiPort = args.portBase + 9;
    const total = (of: keyof VmSize): string =>
      String(args.nodes.reduce((sum, { role }) => sum + args.sizes[role][of], 0));

    const lab = new Lab(`${name}-lab`, args.stack, child);
    const { labName: STACK, labId: LAB } = lab;
    const login = new KeyPair(`${name}-login`, { STACK, COMMENT: pulumi.interpolate`podnet-${STACK}` }, child);
    // By these ground.sh finds what is in the way, and what an earlier version of this lab has made.
    const claim = { STACK, LAB, LOGIN: login.publicKey, NODES: args.nodes.map((node) => node.name).join(" ") };

    const ground = new local.Command(
      `${name}-ground`,
      {
        create: "platforms/vm/ground.sh",
        delete: "platforms/vm/sweep.sh",
        environment: { ...claim, PORTS: [...ports, apiPort].join(" "), MEMORY: total("memory"), SIZE: total("disk") },
        logging: "stderr",
      },
      child,
    );
    const origin = choiceEnvironment(args.artifacts);
    // Known without asking anything once a bundle stands; another key means other machines.
    const way = decideWay(args.artifacts, hostArch(), (line) => void pulumi.log.info(line, this));
    const disk = new local.Command(
      `${name}-disk`,
      {
        create: "node platforms/vm/disk.ts",
        environment: origin,
        triggers: [pulumi.output(way).apply((known) => diskKey(known, args.artifacts))],
        logging: "stderr",
      },
      { ...child, dependsOn: [ground] },
    );
    const starts = lastStarts(
      { lab, nodes: args.nodes.map((node) => node.name), script: "platforms/vm/status.sh" },
      child,
    );

    this.machines = args.nodes.map((node, index) => {
      const hostKey = new KeyPair(`${name}-${node.name}-host-key`, { STACK, COMMENT: node.name }, child);
      const size = args.sizes[node.role];
      const address = hostAddress(machineCidr, 10 + index);
      const macs = STACK.apply((stack) => [macAddress(stack, index, 0), macAddress(stack, index, 1)] as const);
      const seed = pulumi
        .all([login.publicKey, hostKey.publicKey, hostKey.privateKey, STACK, macs])
        .apply(([authorizedKey, publicKey, privateKey, stack, [outer, inner]]) =>
          [
            userData({
              name: node.name,
              user: "root",
              authorizedKey,
              hostKey: { privateKey, publicKey },
              nameservers: [outside.nameserver],
            }),
            metaData(`podnet-${stack}-${node.name}`, node.name),
            networkConfig([
              { name: "eth0", mac: outer, address: outside.address, gateway: outside.gateway },
              { name: "eth1", mac: inner, address: `${address}/${machineCidr.split("/")[1]}` },
            ]),
          ]
            .map((document) => `${Buffer.from(document).toString("base64")}\n`)
            .join(""),
        );
      const place = {
        DISK: disk.stdout,
        SIZE: String(size.disk),
        MACS: macs.apply((both) => both.join(" ")),
        SSH_PORT: String(args.portBase + index),
        API_PORT: node.role === "control-plane" ? String(apiPort) : "",
      };
      const vm = new local.Command(
        `${name}-${node.name}`,
        {
          create: "platforms/vm/machine.sh create",
          delete: "platforms/vm/machine.sh delete",
          environment: {
            STACK,
            LAB,
            NODE: node.name,
            ...place,
            // These can change on a machine: it is shut down and started with the new ones.
            CPUS: String(size.cpus),
            MEMORY: String(size.memory),
            // Only for a disk that someone has removed meanwhile.
            ...origin,
            START: starts.apply((all) => all[node.name] ?? ""),
          },
          stdin: pulumi.secret(seed),
          // What its disk is made of cannot: another value is another machine.
          triggers: [...Object.values(place), address, hostKey.publicKey, login.publicKey],
          logging: "stderr",
        },
        // Both would have the same folder and ports.
        { ...child, deleteBeforeReplace: true },
      );
      return {
        ...node,
        address,
        shell: {
          host: loopback,
          port: args.portBase + index,
          user: "root",
          privateKey: login.privateKey,
          hostKey: hostKey.publicKey,
        },
        ...(node.role === "control-plane" && { api: { host: loopback, port: apiPort } }),
        identity: vm.stdout.apply((text) => created.parse(JSON.parse(text)).id),
        start: vm.stdout.apply((text) => created.parse(JSON.parse(text)).start),
        resource: vm,
      };
    });
    this.registerOutputs({ machines: this.machines.map(({ name: node, address }) => ({ name: node, address })) });
  }
}

/** The same one at every start, and another for every interface of every lab: QEMU's own prefix, the stack, the machine. */
export function macAddress(stack: string, machine: number, interfaceIndex: 0 | 1): string {
  const sum = createHash("sha256").update(stack).digest("hex");
  const last = (machine * 2 + interfaceIndex).toString(16).padStart(2, "0");
  return `52:54:00:${sum.slice(0, 2)}:${sum.slice(2, 4)}:${last}`;
}
