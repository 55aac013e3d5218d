import type { Protocol } from "./marked.ts";

/** Outer IP 20, UDP 8, VXLAN 8 and inner Ethernet 14 bytes stand before a packet that travels in the overlay. */
const overhead = 50;
/** Where the inner IP header begins, in the bytes of the datagram from its UDP header on. */
const inner = 8 + 8 + 14;

/** What libpcap is asked for: pings and answers with so many bytes of payload, bare or inside the overlay. */
export function pingFilter(payload: number): string {
  const length = payload + 28;
  return `(icmp and ip[2:2] = ${length}) or (udp port 8472 and ip[2:2] = ${length + overhead})`;
}

/** The same for all that two pods say to each other by one protocol, and for ICMP errors to the first, bare or inside the overlay. */
export function pairFilter(protocol: Protocol, from: string, to: string): string {
  const bytes = (address: string): string =>
    `0x${address
      .split(".")
      .map((part) => Number(part).toString(16).padStart(2, "0"))
      .join("")}`;
  const [a, b] = [bytes(from), bytes(to)];
  const source = `udp[${inner + 12}:4]`;
  const destination = `udp[${inner + 16}:4]`;
  const carried = `(${source} = ${a} and ${destination} = ${b}) or ${destination} = ${a}`;
  return `(${protocol} and host ${from} and host ${to}) or (icmp and dst host ${from}) or (udp port 8472 and (${carried}))`;
}
