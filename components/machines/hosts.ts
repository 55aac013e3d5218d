import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { digest } from "../../bundle/artifact.ts";
import { type Choice, choiceEnvironment } from "../../bundle/choice.ts";
import { pullParams } from "../../bundle/release/plan.ts";
import { shortened } from "../../evidence/cidr.ts";
import { imageRefs, versions } from "../../bundle/versions.ts";
import { configuration } from "../../platforms/hosts/brings.ts";
import { contentKey, supplied } from "../../platforms/hosts/content.ts";
import type { Port } from "../../platforms/hosts/judge.ts";
import { Script } from "../script.ts";
import { Lab } from "./lab.ts";
import type { Role } from "../../nodes/role.ts";
import { parseResult, type ScriptResult } from "../../nodes/script.ts";
import type { Reachable } from "../script.ts";
import type { Machine } from "./machine.ts";

/** A machine to be set up; where the lab has made it, what it is reached by may be known only later. */
export interface Host {
  /** Node name. */
  readonly name: string;
  readonly role: Role;
  /** Name or address that the user's machine dials, for SSH and for the API server. */
  readonly address: pulumi.Input<string>;
  /** IPv4 address by which the nodes know each other. */
  readonly privateAddress: string;
  readonly port: pulumi.Input<number>;
  readonly user: string;
  /** A secret. */
  readonly privateKey: pulumi.Input<string>;
  /** "type base64", the one key by which the host is trusted. */
  readonly hostKey: pulumi.Input<string>;
  /**
   * Set where the lab has made the machine: it needs no looking at beforehand, and what is brought to it goes with it.
   * @default none: the machine is the user's own and must be left as it was found
   */
  readonly made?: {
    readonly resource: pulumi.Resource;
    readonly identity: pulumi.Input<string>;
    /** Done when the machine is ready to be set up. */
    readonly ready: pulumi.Resource;
  };
}

export interface HostMachinesArgs {
  /** Name of the stack; part of the lab's own id, by which a host knows whose it is. */
  readonly stack: string;
  /** Whose the hosts will be. @default a new lab, with an id of its own */
  readonly lab?: Lab;
  /** The control plane first. */
  readonly hosts: readonly Host[];
  /** Pod and Service address ranges, IPv4 CIDR: no host may have a route into them. */
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The same of IPv6, where the lab has both families: each host has an address of its own then. @default IPv4 alone */
  readonly second?: { readonly podCidr: string; readonly serviceCidr: string };
  /** UDP port of flannel's, which must be free and open between the hosts; what else must be let through where there is none. @default 8472 */
  readonly flannelPort?: Port;
  /** A module that the hosts' kernels must have besides. @default none */
  readonly kernelModule?: string;
  /** Where what the hosts are given comes from. */
  readonly artifacts: Choice;
}

/** What kubeadm, the kubelet, kube-proxy and the scripts on a node call; on the lab's own machines the image has them. */
export const hostPackages = [
  "bind9-dnsutils",
  "ca-certificates",
  "conntrack",
  "curl",
  "ethtool",
  "iproute2",
  "iptables",
  "iputils-ping",
  "jq",
  "kmod",
  "nftables",
  "openssl",
  "procps",
  "socat",
  "zstd",
];
/** Machines that are there already: claimed, installed over SSH, and left as they were found. */
export class HostMachines extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];
  readonly #artifacts: Choice;
  readonly #dual: boolean;

  constructor(name: string, args: HostMachinesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("podnet:machines:HostMachines", name, { podCidr: args.podCidr, serviceCidr: args.serviceCidr }, opts);
    const child = { parent: this };
    this.#artifacts = args.artifacts;
    this.#dual = args.second !== undefined;
    const lab =
      args.lab ??
      new Lab(`${name}-lab`, args.stack, {
        ...child,
        // The lab's id waits for everything that the hosts wait for.
        ...(opts?.dependsOn !== undefined && { dependsOn: opts.dependsOn }),
      });
    const { labId: LAB } = lab;
    const strangers = args.hosts.filter(({ made }) => made === undefined);
    const preflight =
      strangers.length === 0
        ? []
        : [
            new local.Command(
              `${name}-preflight`,
              {
                create: "node platforms/hosts/preflight.ts",
                environment: {
                  LAB,
                  POD_CIDR: args.podCidr,
                  SERVICE_CIDR: args.serviceCidr,
                  ...(args.second && { POD_CIDR6: args.second.podCidr, SERVICE_CIDR6: args.second.serviceCidr }),
                  ...(args.flannelPort !== undefined && { FLANNEL_PORT: String(args.flannelPort) }),
                  ...(args.kernelModule !== undefined && { KERNEL_MODULE: args.kernelModule }),
                },
                stdin: pulumi.secret(pulumi.jsonStringify(strangers)),
                logging: "stderr",
                addPreviousOutputInEnv: false,
              },
              child,
            ),
          ];
    // Once all hosts are seen to be fit, each is set up by itself: one more host leaves the others alone.
    this.machines = args.hosts.map((host) => this.#machine(`${name}-${host.name}`, host, LAB, preflight));
    this.registerOutputs({ machines: this.machines.map(({ name: node, address }) => ({ name: node, address })) });
  }

  #machine(
    name: string,
    { made, ...host }: Host,
    LAB: pulumi.Output<string>,
    preflight: readonly pulumi.Resource[],
  ): Machine {
    const child = { parent: this };
    const { address, port, user, privateKey, hostKey } = host;
    const access = pulumi.secret(pulumi.jsonStringify(host));
    const shell = { host: address, port, user, privateKey, hostKey };

    // First the way back: whatever comes after it, and however it ends, its deletion makes the host what it was.
    const claim = new local.Command(
      name,
      {
        create: "node platforms/hosts/host.ts claim",
        delete: "node platforms/hosts/host.ts reset",
        environment: { LAB, ...(this.#dual && { IP_FAMILY: "dual" }) },
        stdin: access,
        // Another host, other versions or other address families: what was there is reset before the new one is begun.
        triggers: [
          address,
          port,
          hostKey,
          edition(this.#artifacts),
          ...(made === undefined ? [] : [made.identity]),
          ...(this.#dual ? ["dual"] : []),
        ],
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      {
        ...child,
        dependsOn: made === undefined ? [...preflight] : [made.ready],
        deleteBeforeReplace: true,
        // What is on an instance goes with it: nothing has to be cleaned up first.
        ...(made !== undefined && { deletedWith: made.resource }),
      },
    );
    const resource = made?.resource ?? claim;
    const about = claim.stdout.apply((text) => parseResult("host/claim", text));
    const claimedHost: Reachable = { shell, identity: about.id, resource };

    const PACKAGES = hostPackages.join(" ");
    const base = new Script(
      `${name}-base`,
      { machine: claimedHost, script: "cluster/packages", params: { PACKAGES } },
      child,
    );
    const supply = new local.Command(
      `${name}-supply`,
      {
        create: "node platforms/hosts/supply.ts",
        environment: { ARCH: about.arch, ...choiceEnvironment(this.#artifacts) },
        stdin: access,
        triggers: [about.id, about.arch.apply((arch) => contentKey(this.#artifacts, arch))],
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      { ...child, dependsOn: [base], deletedWith: resource },
    );
    const content = supply.stdout.apply((text) => supplied.parse(JSON.parse(text)));
    const { IMAGES, PLUGIN, MIRRORS } = pullParams(host.role, this.#artifacts);
    const install = new Script(
      `${name}-install`,
      {
        machine: claimedHost,
        script: "host/install",
        params: {
          STAGE: content.stage,
          KEY: content.key,
          SANDBOX: imageRefs.pause,
          MIRRORS,
          IMAGES: content.pulls.apply((pulls) => (pulls ? IMAGES : "")),
          PLUGIN: content.pulls.apply((pulls) => (pulls ? PLUGIN : "")),
        },
        stdin: configuration(),
      },
      child,
    );
    return {
      name: host.name,
      role: host.role,
      address: host.privateAddress,
      ...(this.#dual && { address6: about.apply(address6In) }),
      shell,
      arch: about.arch,
      ...(host.role === "control-plane" && { api: { host: address, port: 6443 } }),
      // Known once the host is a machine like any other.
      identity: pulumi.all([about.id, install.stdout]).apply(([id]) => id),
      resource,
    };
  }
}

/** @throws Error where the host has lost the address that it had when it was looked at */
function address6In({ address6 }: ScriptResult<"host/claim">): string {
  if (address6 === undefined) throw new Error("a host has no IPv6 address any more, and ipFamily is dual");
  return shortened(address6);
}

/** Changes with the versions of what is installed: other ones make another cluster. */
function edition({ kubernetes }: Choice): string {
  return digest({ ...versions, kubernetes });
}
