/** Stand-in for EC2's machines: a container for each instance, which does with its user-data what Debian's own cloud-init makes of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { metaData } from "../../components/machines/cloud-init.ts";
import { run } from "../live/lab.ts";
import { ensurePlainImage, inNetworkOf, labelsOf, machineFlags, prepareKernel } from "../live/plain.ts";

export interface Instance {
  readonly id: string;
  /** What it is called in the console, and its container here. */
  readonly name: string;
  readonly stack: string;
  readonly subnetId: string;
  /** The one that its interface has. */
  readonly address: string;
  /** The one that the gateway translates to it; the machine itself knows nothing of it. */
  readonly publicAddress: string;
  readonly userData: string;
}

const instanceLabel = "pod-networking-lab.instance";

/** What Ubuntu's image has for EC2, for a seed on the disk; network and package sources are Docker's and the image's. */
const configuration = `datasource_list: [NoCloud]
network: {config: disabled}
apt: {preserve_sources_list: true}
locale: false
`;

export const ensureMachineImage = (): Promise<string> => ensurePlainImage("plain-cloud-init", ["cloud-init"]);

/** A subnet is a network of Docker's; its first address leads outside, as in a VPC. */
export async function connectSubnet(id: string, cidr: string, stack: string): Promise<void> {
  run("docker", "network", "create", "--subnet", cidr, ...labelsOf(stack), id);
}

export async function disconnectSubnet(id: string): Promise<void> {
  run("docker", "network", "rm", id);
}

/** Starts it and comes back, as EC2 does: its boot has only begun. */
export async function bootMachine({
  id,
  name,
  stack,
  subnetId,
  address,
  publicAddress,
  userData,
}: Instance): Promise<void> {
  const image = await ensureMachineImage();
  prepareKernel();
  run(
    "docker",
    "create",
    ...machineFlags,
    "--name",
    name,
    "--hostname",
    `ip-${address.replaceAll(".", "-")}`,
    ...labelsOf(stack),
    "--label",
    `${instanceLabel}=${id}`,
    "--network",
    subnetId,
    "--ip",
    address,
    // Docker's own resolver, 127.0.0.11, is no machine's.
    "--volume",
    "/etc/resolv.conf:/etc/resolv.conf:ro",
    image,
  );
  plant(name, userData, metaData(id, name));
  run("docker", "start", name);
  translate(name, address, publicAddress);
}

export function isRunning(container: string): boolean {
  return run("docker", "ps", "--quiet", `--filter=name=^${container}$`) !== "";
}

export async function removeMachine(id: string): Promise<void> {
  const [container] = run("docker", "ps", "--all", "--quiet", `--filter=label=${instanceLabel}=${id}`).split("\n");
  if (container) run("docker", "rm", "--force", "--volumes", container);
}

/** Puts cloud-init's seed on the disk of a container that has not been started. */
function plant(container: string, userData: string, about: string): void {
  const folder = mkdtempSync(join(tmpdir(), "podnet-test-seed-"));
  try {
    const seed = join(folder, "cloud", "seed", "nocloud");
    mkdirSync(seed, { recursive: true });
    writeFileSync(join(seed, "user-data"), userData, { mode: 0o600 });
    writeFileSync(join(seed, "meta-data"), about);
    writeFileSync(join(folder, "99-stand-in.cfg"), configuration);
    run("docker", "cp", join(folder, "cloud"), `${container}:/var/lib/`);
    run("docker", "cp", join(folder, "99-stand-in.cfg"), `${container}:/etc/cloud/cloud.cfg.d/`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An internet gateway's work: this machine finds the public address behind the private one, where it is translated. */
function translate(container: string, address: string, publicAddress: string): void {
  inNetworkOf(container, [
    "iptables",
    "-t",
    "nat",
    "-A",
    "PREROUTING",
    "-i",
    "eth0",
    "-d",
    publicAddress,
    "-j",
    "DNAT",
    "--to-destination",
    address,
  ]);
  // It goes when the network goes.
  run("ip", "route", "replace", publicAddress, "via", address);
}
