import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { PodFacts } from "../../evidence/facts.ts";
import type { Observation } from "../../evidence/observation.ts";
import type { Platform } from "../stack/config.ts";
import { Problem } from "../view/problem.ts";
import { type Known, portOf, type Reached, type Target, targetAt } from "./target.ts";

/** What a user writes for the machine that ./lab runs on. */
export const outside = "outside";

/** This machine as the sender; its address is the one that it calls from. */
export const thisMachine = (ip: string): PodFacts => ({
  name: outside,
  namespace: "",
  uid: "none",
  node: "this machine",
  ip,
  containers: [],
});

/** A Service that has an address for callers outside is called at that. Pure. */
export function seenFromOutside(target: Target, known: Known, asked: Parameters<typeof targetAt>[2]): Target {
  const [address] = target.kind === "service" && target.node === undefined ? target.service.balancers : [];
  return address === undefined ? target : targetAt(address, known, asked);
}

const apart: Partial<Record<Platform, string>> = {
  vm: "the VMs are on a segment of their own, which this machine is not on",
  aws: "the instances' addresses are those of a network of EC2's, which this machine is not on",
};

/** @throws Problem where no machine of the lab can be called from outside at the address that the others know it by */
export function refuseApart(platform: Platform): void {
  const why = apart[platform];
  if (why !== undefined) throw new Problem(`${why}; trace from a node instead: node/NAME`, 2);
}

/** @throws Problem for what has no way from outside, with what has */
export function refuseUnreachable(target: Reached, port: number | undefined, protocol: string | undefined): void {
  if (target.kind === "pod")
    throw new Problem(
      `no route leads to ${target.pod.name} from outside the lab: a pod's address is the lab's own; trace from a pod or a node, or call a node's port (node/NAME --port PORT)`,
      2,
    );
  if (target.kind === "service" && target.node === undefined && target.service.balancers.includes(target.address))
    throw new Problem(
      `no node answers for ${target.title} at ${target.address}: kubectl describe service --namespace ${target.service.namespace} ${target.service.name} shows what is known of it, and on a node curl http://ADDRESS:7472/metrics | grep ^metallb_speaker_announced what the speaker there announces`,
    );
  if (target.kind === "service" && target.node === undefined)
    throw new Problem(
      `no route leads to ${target.title} at ${target.address} from outside the lab: kube-proxy knows it on the nodes alone; call its port on a node (node/NAME --port NODEPORT)`,
      2,
    );
  if (target.node === undefined)
    throw new Problem(
      `${target.address} is no machine of the lab's: nothing could be seen of a packet on its way; name node/NAME`,
      2,
    );
  if (protocol !== undefined && protocol !== "tcp")
    throw new Problem(`from outside a trace opens a connection: --proto tcp, which is the default`, 2);
  if (portOf(target, port === undefined ? {} : { port }) === undefined)
    throw new Problem(`write the port that ${target.address} is to be called at: --port PORT`, 2);
}

/** The address that this machine would call another one from; nothing is sent. */
export async function addressTowards(address: string): Promise<string> {
  const socket = createSocket("udp4");
  try {
    socket.connect(9, address);
    await once(socket, "connect");
    return socket.address().address;
  } catch {
    throw new Problem(`this machine has no route to ${address}`);
  } finally {
    socket.close();
  }
}

/** Opens a connection, and ends it at once. @returns as an observer's, with the command that does the same */
export async function callFromHere(
  address: string,
  port: number,
  sourcePort: number,
  seconds = 2,
): Promise<Observation> {
  const ended = await new Promise<string | undefined>((done) => {
    const socket = connect({ host: address, port, localPort: sourcePort });
    const timer = setTimeout(() => {
      done(`no answer within ${seconds} s`);
      socket.destroy();
    }, seconds * 1000);
    socket.on("connect", () => {
      done(undefined);
      socket.destroy();
    });
    socket.on("error", ({ message }) => done(message));
    socket.on("close", () => clearTimeout(timer));
  });
  return {
    id: "probe",
    command: `nc -v -z -w ${seconds} -p ${sourcePort} ${address} ${port}`,
    output: ended === undefined ? "" : `${ended}\n`,
    exit: ended === undefined ? 0 : 1,
  };
}
