import { type Backend, backendOf } from "../backends.ts";

/** What libpcap is asked for: pings and answers with so many bytes of payload, bare or inside the packet that carries them between nodes. */
export function pingFilter(payload: number, { tunnel }: Backend = backendOf()): string {
  const length = payload + 28;
  const bare = `(icmp and ip[2:2] = ${length})`;
  return tunnel === undefined ? bare : `${bare} or (udp port ${tunnel.port} and ip[2:2] = ${length + tunnel.overhead})`;
}
